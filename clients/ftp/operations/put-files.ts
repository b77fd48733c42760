/** Uploads files and folders. */
import type { ClientOptions } from '../../../shared/service.ts'
import { resolveTarget } from '../target.ts'
import { checkDelete, DEFAULT_PARALLEL, type FtpPutFilesRequest } from './files-request.ts'
import type { FtpFilesResult } from './files-result.ts'

/**
 * Uploads files, and folders with all that is in them. A directory on the server that exists, or a path that ends with `/`, gets
 * the files; otherwise the path is the name for one file or folder. A file that the server refuses does not stop the others: the
 * result has it in `failed`.
 *
 * Throws like `list`, and a UsageError if a local file does not exist.
 */
export async function putFiles(request: FtpPutFilesRequest, options: ClientOptions = {}): Promise<FtpFilesResult> {
  const target = resolveTarget(request)
  checkDelete(request)
  const { readLocalSources, putFilesWith } = await import('../transfer/put-files.ts')
  const sources = await readLocalSources(request.from, request.mirror ?? false)
  const { withPool } = await import('../session/pool.ts')
  return withPool(target, options, request.parallel ?? DEFAULT_PARALLEL, pool =>
    putFilesWith(pool, sources, target.path, request),
  )
}
