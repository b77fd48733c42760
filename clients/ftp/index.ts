/** The ftp client: `fourwire ftp`. */
import type { ClientDefinition } from '../../shared/service.ts'
import { getCommand, lsCommand, mkdirCommand, mvCommand, putCommand, rmCommand } from './commands.ts'

export {
  type FtpEntry,
  type FtpGetRequest,
  type FtpListing,
  type FtpMoveRequest,
  type FtpPutRequest,
  type FtpResult,
  type FtpTransferResult,
  get,
  list,
  makeDirectory,
  move,
  type OnProgress,
  put,
  remove,
} from './operations.ts'
export type { FtpTarget } from './target.ts'

/** The commands `fourwire ftp ls|get|put|rm|mkdir|mv`. Programs call `list`, `get`, `put` and so on. */
export const ftp: ClientDefinition = {
  name: 'ftp',
  summary: 'list, download, upload, move and remove files',
  commands: [lsCommand, getCommand, putCommand, rmCommand, mkdirCommand, mvCommand],
}
