/** Uploads one file. */
import { Readable } from 'node:stream'
import { UsageError } from '../../../shared/errors.ts'
import type { ClientOptions } from '../../../shared/service.ts'
import { readLocalFile } from '../local/local-file.ts'
import { baseName, type FtpTarget, type ResolvedTarget, resolveTarget } from '../target.ts'
import { inSession } from './in-session.ts'
import type { FtpTransferResult, OnProgress } from './result.ts'

/** What to upload. If the path ends with `/`, it is a directory, and the file keeps its name. */
export interface FtpPutRequest extends FtpTarget {
  /** A file name, a stream, or the content. */
  readonly from: string | Readable | Uint8Array
  readonly onProgress?: OnProgress | undefined
}

/** Uploads a file (STOR). Throws like `list`, and a UsageError if the local file cannot be read. */
export async function put(request: FtpPutRequest, options: ClientOptions = {}): Promise<FtpTransferResult> {
  const { from } = request
  const target = withFileName(resolveTarget(request), typeof from === 'string' ? baseName(from) : '')
  const send = (content: Readable, total: number | undefined) => upload(target, content, total, request, options)
  if (from instanceof Uint8Array) return send(Readable.from([from]), from.length)
  if (typeof from !== 'string') return send(from, undefined)
  return { ...(await readLocalFile(from, send)), file: from }
}

function upload(
  { path, ...target }: ResolvedTarget,
  content: Readable,
  total: number | undefined,
  { onProgress }: FtpPutRequest,
  options: ClientOptions,
): Promise<FtpTransferResult> {
  return inSession({ ...target, path }, options, async session => {
    let bytes = 0
    const onBytes = (count: number) => {
      bytes += count
      onProgress?.({ file: path, bytes, total })
    }
    const size = await session.upload(path, content, { onBytes })
    return { server: session.server, path, size }
  })
}

/** Appends the local file name if the target is a directory. */
function withFileName(target: ResolvedTarget, localName: string): ResolvedTarget {
  if (target.path !== '' && !target.path.endsWith('/')) return target
  if (localName === '') throw new UsageError('the URL names a directory. Add a file name')
  return { ...target, path: target.path + localName }
}
