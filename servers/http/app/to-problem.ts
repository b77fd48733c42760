/** What the application responds to an error of the store, of the files, or of a request. Pure. */
import { errorCode, errorText, UsageError } from '../../../shared/errors.ts'
import { FileError, type FileErrorCode, OutsideTreeError } from '../../../shared/files/file-error.ts'
import { StoreError, type StoreErrorCode } from '../../../shared/store/store-error.ts'
import { UnreadableBody } from '../request/unreadable-body.ts'
import { reasonForClients } from '../response/store-failure.ts'
import { Problem } from './problem.ts'

/** The statuses of errors of the store; any other code is a defect (500). */
const STATUS_OF_STORE_ERROR: Partial<Record<StoreErrorCode, number>> = {
  busy: 503,
  unavailable: 503,
  closed: 503,
  full: 507,
}

const STATUS_OF_FILE_ERROR: Readonly<Record<FileErrorCode, number>> = {
  denied: 403,
  'not-a-file': 409,
  'is-a-folder': 409,
  'is-root': 409,
  'beyond-end': 409,
  changed: 409,
  'over-quota': 507,
}

/** Errors of the file system that a request can cause. */
const PROBLEMS_BY_SYSTEM_ERROR: Readonly<Record<string, readonly [number, string]>> = {
  ENOENT: [404, 'There is no such file or folder.'],
  ENOTDIR: [409, 'A part of the path is a file.'],
  EISDIR: [409, 'It is a folder.'],
  EEXIST: [409, 'A file or folder of this name exists already.'],
  ENOTEMPTY: [409, 'The folder is not empty.'],
  EACCES: [403, 'The file system does not permit it.'],
  EPERM: [403, 'The file system does not permit it.'],
  EROFS: [403, 'The file system is read-only.'],
  ELOOP: [409, 'The path has too many symbolic links.'],
  EINVAL: [400, 'This name is not possible here.'],
  ENAMETOOLONG: [400, 'The name is too long.'],
  ENOSPC: [507, 'The disk is full.'],
  EFBIG: [413, 'The file is too large for the file system.'],
  EDQUOT: [507, 'The quota of the disk is reached.'],
  EMFILE: [503, 'Too many files are open.'],
}

/** Returns what to respond if a handler throws this error; undefined if the error is a defect. */
export function toProblem(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error
  if (error instanceof UnreadableBody) return fromUnreadableBody(error)
  if (error instanceof FileError)
    return new Problem(STATUS_OF_FILE_ERROR[error.code], `${error.message}.`, { cause: error })
  if (error instanceof OutsideTreeError)
    return new Problem(404, 'The path is not in the served folder.', { cause: error })
  if (error instanceof UsageError) return new Problem(400, errorText(error), { cause: error })
  if (error instanceof StoreError) return fromStoreError(error)
  const systemError = PROBLEMS_BY_SYSTEM_ERROR[errorCode(error) ?? '']
  return systemError && new Problem(...systemError, { cause: error })
}

function fromStoreError(error: StoreError): Problem | undefined {
  const status = STATUS_OF_STORE_ERROR[error.code]
  if (status === undefined) return undefined
  const headers = status === 503 ? ['Retry-After', '1'] : []
  return new Problem(status, reasonForClients(error), { headers, cause: error })
}

/** A body that cannot be read. Its response may close the connection, and so must the problem. */
function fromUnreadableBody({ response: { status, detail = '', headers } }: UnreadableBody): Problem {
  const index = headers.indexOf('Connection')
  return new Problem(status, detail, { headers: index < 0 ? [] : headers.slice(index, index + 2) })
}
