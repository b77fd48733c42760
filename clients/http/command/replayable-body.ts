/** A body that can be sent many times. */
import { UsageError } from '../../../shared/errors.ts'
import type { HttpRequest } from '../exchange/http-request.ts'

/** Bounds the memory. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

/** Reads a body that is a stream into memory. */
export async function replayable(body: HttpRequest['body']): Promise<string | Uint8Array | undefined> {
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return body
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new UsageError(`--repeat: the body is longer than ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
