/** The ftp client: `fourwire ftp`. */
import type { ClientDefinition } from '../../shared/service.ts'
import { getCommand, ls, mkdir, mv, putCommand, rm } from './commands.ts'

export {
  type FtpEntry,
  type FtpGetRequest,
  type FtpListing,
  type FtpMoveRequest,
  type FtpPutRequest,
  type FtpResult,
  type FtpTransferred,
  get,
  list,
  makeDirectory,
  move,
  type OnProgress,
  put,
  remove,
} from './ftp.ts'
export type { FtpPlace } from './place.ts'

/** The commands `fourwire ftp ls|get|put|rm|mkdir|mv`, for the launcher; programs call `list`, `get`, `put` ... */
export const ftp: ClientDefinition = {
  name: 'ftp',
  summary: 'list, fetch, send and change files',
  commands: [ls, getCommand, putCommand, rm, mkdir, mv],
}
