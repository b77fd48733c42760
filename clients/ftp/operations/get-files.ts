/** Downloads files and folders. */
import type { ClientOptions } from '../../../shared/service.ts'
import { resolveTarget } from '../target.ts'
import { checkDelete, DEFAULT_PARALLEL, type FtpGetFilesRequest } from './files-request.ts'
import type { FtpFilesResult } from './files-result.ts'

/**
 * Downloads a file, a directory with all that is in it, or what matches a pattern. A file that the server refuses does not stop
 * the others: the result has it in `failed`. A broken connection is replaced once for each file.
 *
 * Throws like `list`, and a UsageError if a local file cannot be written.
 */
export async function getFiles(request: FtpGetFilesRequest, options: ClientOptions = {}): Promise<FtpFilesResult> {
  const target = resolveTarget(request)
  checkDelete(request)
  const { withPool } = await import('../session/pool.ts')
  const { getFilesWith } = await import('../transfer/get-files.ts')
  return withPool(target, options, request.parallel ?? DEFAULT_PARALLEL, pool =>
    getFilesWith(pool, target.path, request),
  )
}
