/** Writes a response to a stream of HTTP/2 (RFC 9113). */
import { once } from 'node:events'
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { pipeline } from 'node:stream/promises'
import { closeBody, isStreamed, type Response, type StreamedBody } from '../response/response.ts'

export async function sendHttp2Response(
  stream: ServerHttp2Stream,
  fields: IncomingHttpHeaders,
  response: Response,
): Promise<void> {
  const { status, headers, body } = response
  const endStream = body === undefined || fields[':method'] === 'HEAD'
  try {
    stream.respond({ ':status': status, ...toFields(headers) }, { endStream })
    if (endStream) return
    if (isStreamed(body)) await sendStream(stream, body)
    else await sendWhole(stream, body)
  } finally {
    await closeBody(response)
    // RFC 9113, section 8.1: the response is complete, so the client need not send the rest of its body.
    if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
  }
}

async function sendStream(stream: ServerHttp2Stream, body: StreamedBody): Promise<void> {
  stream.once('close', () => body.cancel?.())
  await pipeline(body.chunks(), stream)
}

async function sendWhole(stream: ServerHttp2Stream, body: string | Uint8Array): Promise<void> {
  const closed = once(stream, 'close')
  stream.end(body)
  await closed
}

/** Converts header fields to an object, without the connection-specific ones that HTTP/2 forbids (section 8.2.2). */
export function toFields(headers: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {}
  for (let index = 0; index < headers.length; index += 2) {
    const name = String(headers[index]).toLowerCase()
    if (name !== 'connection') fields[name] = String(headers[index + 1])
  }
  return fields
}
