/** The ftp client: `fourwire ftp`. */
import type { ClientDefinition } from '../../shared/service.ts'
import { mkdirCommand, mvCommand, rmCommand } from './commands/change.ts'
import { getCommand } from './commands/get.ts'
import { lsCommand } from './commands/ls.ts'
import { putCommand } from './commands/put.ts'

export { type FtpMoveRequest, makeDirectory, move, remove } from './operations/change.ts'
export type { FtpFilesOptions, FtpGetFilesRequest, FtpPutFilesRequest } from './operations/files-request.ts'
export type { FtpAction, FtpFailure, FtpFilesResult } from './operations/files-result.ts'
export { type FtpGetRequest, get } from './operations/get.ts'
export { getFiles } from './operations/get-files.ts'
export { type FtpListing, list } from './operations/list.ts'
export { type FtpPutRequest, put } from './operations/put.ts'
export { putFiles } from './operations/put-files.ts'
export type { FtpProgress, FtpResult, FtpTransferResult, OnProgress } from './operations/result.ts'
export type { FtpEntry } from './session/entry.ts'
export type { FtpEncryption, FtpTarget } from './target.ts'
export type { FtpPartial } from './transfer/partial.ts'
export type { Skipped } from './transfer/plan.ts'
export type { FtpFilesProgress, OnFilesProgress } from './transfer/progress.ts'

/** The commands `fourwire ftp ls|get|put|rm|mkdir|mv`. Programs call `list`, `get`, `put` and so on. */
export const ftp: ClientDefinition = {
  name: 'ftp',
  summary: 'list, download, upload, move and remove files',
  commands: [lsCommand, getCommand, putCommand, rmCommand, mkdirCommand, mvCommand],
}
