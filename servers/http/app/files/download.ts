/** The response with the content of a file, which a browser saves: it never runs in the origin of the application. */
import type { FileHandle } from 'node:fs/promises'
import type { AccountFiles } from '../../../../shared/files/account-files.ts'
import { contentFields, type Response, type StreamedBody } from '../../response/response.ts'
import { disposition } from '../../routes/mail/attachment-response.ts'

/** How much of the file is in memory at a time. */
const CHUNK_BYTES = 128 * 1024

export async function downloadFile(files: AccountFiles, path: string): Promise<Response> {
  const { handle, entry } = await files.openFile(path)
  const headers = [
    ...contentFields('application/octet-stream', entry.size),
    'Content-Disposition',
    disposition('attachment', entry.name),
    'Content-Security-Policy',
    "sandbox; default-src 'none'",
    'Last-Modified',
    entry.modified.toUTCString(),
    'Cache-Control',
    'no-store',
  ]
  return { status: 200, headers, body: bodyOf(handle, entry.size) }
}

function bodyOf(handle: FileHandle, size: number): StreamedBody {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < size; ) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - sent))
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, sent)
      // Content-Length was already sent; aborting is the only way to signal the error to the client.
      if (bytesRead === 0) throw new Error('the file became shorter while it was sent')
      yield chunk.subarray(0, bytesRead)
      sent += bytesRead
    }
  }
  return { chunks, close: () => handle.close() }
}
