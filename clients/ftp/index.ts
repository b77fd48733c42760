/** The ftp client: `fourwire ftp`. */
import type { ClientDefinition } from '../../shared/service.ts'
import { catCommand } from './commands/cat.ts'
import { chmodCommand, mkdirCommand, mvCommand, rmCommand } from './commands/change.ts'
import { getCommand } from './commands/get.ts'
import { hashCommand } from './commands/hash.ts'
import { lsCommand } from './commands/ls.ts'
import { putCommand } from './commands/put.ts'
import { shellCommand } from './commands/shell.ts'
import { treeCommand } from './commands/tree.ts'

export {
  changeMode,
  type FtpChangeModeRequest,
  type FtpMakeDirectoryRequest,
  type FtpMakeDirectoryResult,
  type FtpMoveRequest,
  type FtpRemoveRequest,
  type FtpRemoveResult,
  makeDirectory,
  move,
  remove,
} from './operations/change.ts'
export type { FtpFilesOptions, FtpGetFilesRequest, FtpPutFilesRequest } from './operations/files-request.ts'
export type { FtpAction, FtpFailure, FtpFilesResult } from './operations/files-result.ts'
export { type FtpGetRequest, get } from './operations/get.ts'
export { getFiles } from './operations/get-files.ts'
export { type FtpHashRequest, type FtpHashResult, hash } from './operations/hash.ts'
export { type FtpListing, list } from './operations/list.ts'
export { type FtpPutRequest, put } from './operations/put.ts'
export { putFiles } from './operations/put-files.ts'
export type { FtpProgress, FtpResult, FtpTransferResult, OnProgress } from './operations/result.ts'
export { type FtpTree, type FtpTreeEntry, type FtpTreeRequest, tree } from './operations/tree.ts'
export type { FtpHashAlgorithm } from './remote/algorithms.ts'
export type { FtpEntry } from './session/entry.ts'
export type { FtpEncryption, FtpTarget } from './target.ts'
export type { FtpPartial } from './transfer/partial.ts'
export type { Skipped } from './transfer/plan.ts'
export type { FtpFilesProgress, OnFilesProgress } from './transfer/progress.ts'

/** The commands of `fourwire ftp`. Programs call `list`, `getFiles`, `putFiles` and so on. */
export const ftp: ClientDefinition = {
  name: 'ftp',
  summary: 'list, download, upload, move and remove files',
  commands: [
    lsCommand,
    treeCommand,
    catCommand,
    getCommand,
    putCommand,
    rmCommand,
    mkdirCommand,
    mvCommand,
    chmodCommand,
    hashCommand,
    shellCommand,
  ],
}
