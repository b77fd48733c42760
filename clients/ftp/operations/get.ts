/** Downloads one file. */
import type { Writable } from 'node:stream'
import { UsageError } from '../../../shared/errors.ts'
import type { ClientOptions } from '../../../shared/service.ts'
import { resolveLocalFile, writeAtomically } from '../local/local-file.ts'
import { baseName, type FtpTarget, type ResolvedTarget, resolveTarget } from '../target.ts'
import { inSession } from './in-session.ts'
import type { FtpTransferResult, OnProgress } from './result.ts'

export interface FtpGetRequest extends FtpTarget {
  /** A file, a folder, or a stream, which `get` ends. A file is created when the download is complete. */
  readonly to: string | Writable
  readonly onProgress?: OnProgress | undefined
}

/** Downloads a file (RETR). Throws like `list`, and a UsageError if the local file cannot be written. */
export async function get(request: FtpGetRequest, options: ClientOptions = {}): Promise<FtpTransferResult> {
  const target = resolveTarget(request)
  const name = baseName(target.path)
  if (target.path === '') throw new UsageError('the URL has no path. Add one')
  if (name === '' || target.path.endsWith('/')) {
    throw new UsageError(`${JSON.stringify(target.path)} is a directory. Name a file`)
  }
  const { to, onProgress } = request
  if (typeof to !== 'string') return download(target, to, onProgress, options)
  const file = await resolveLocalFile(to, name)
  const result = await writeAtomically(file, stream => download(target, stream, onProgress, options))
  return { ...result, file }
}

function download(
  target: ResolvedTarget,
  to: Writable,
  onProgress: OnProgress | undefined,
  options: ClientOptions,
): Promise<FtpTransferResult> {
  return inSession(target, options, async session => {
    const { path } = target
    const total = onProgress && (await session.size(path))
    let bytes = 0
    const onBytes = (count: number) => {
      bytes += count
      onProgress?.({ file: path, bytes, total })
    }
    const size = await session.download(path, to, { onBytes })
    return { server: session.server, path, size }
  })
}
