/** The response with the content of a file, which a browser saves: it never runs in the origin of the application. */
import type { FileHandle } from 'node:fs/promises'
import { posix } from 'node:path'
import type { AccountFiles } from '../../../../shared/files/account-files.ts'
import { formatEntityTag } from '../../files/entity-tag.ts'
import { readRange } from '../../files/large-file.ts'
import { entityTagOf, lastModifiedOf } from '../../files/representation.ts'
import type { BufferPair } from '../../files/stream-buffers.ts'
import { formatHttpDate } from '../../http-date.ts'
import { contentFields, type Response, type StreamedBody } from '../../response/response.ts'
import { disposition } from '../../routes/mail/attachment-response.ts'

/** How much of the file is in memory at a time, twice. */
const CHUNK_BYTES = 128 * 1024

export async function downloadFile(files: AccountFiles, path: string): Promise<Response> {
  const { handle, stats } = await files.openFile(path)
  const headers = [
    ...contentFields('application/octet-stream', stats.size),
    'Content-Disposition',
    disposition('attachment', posix.basename(path)),
    'Content-Security-Policy',
    "sandbox; default-src 'none'",
    'ETag',
    formatEntityTag(entityTagOf(stats)),
    'Last-Modified',
    formatHttpDate(lastModifiedOf(stats)),
    'Cache-Control',
    'no-store',
  ]
  return { status: 200, headers, body: bodyOf(handle, stats.size) }
}

function bodyOf(handle: FileHandle, size: number): StreamedBody {
  const pair: BufferPair = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)]
  return { chunks: () => readRange(handle, { first: 0, last: size - 1 }, pair), close: () => handle.close() }
}
