/** Writes a response to a stream of HTTP/2 (RFC 9113). */
import { once } from 'node:events'
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { closeBody, isStreamed, type Response, type StreamedBody } from '../response/response.ts'
import { writeBody } from '../response/write-body.ts'

/** @throws the error of a field that HTTP/2 cannot have, or of the body; the stream is then still open */
export async function sendHttp2Response(
  stream: ServerHttp2Stream,
  fields: IncomingHttpHeaders,
  response: Response,
): Promise<void> {
  if (response.abort) stream.close(constants.NGHTTP2_CANCEL)
  try {
    if (!response.abort) await send(stream, fields, response)
  } finally {
    await closeBody(response)
  }
  // RFC 9113, section 8.1: the response is complete, so the client need not send the rest of its body.
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
}

async function send(stream: ServerHttp2Stream, fields: IncomingHttpHeaders, response: Response): Promise<void> {
  const { status, headers, body } = response
  const endStream = body === undefined || fields[':method'] === 'HEAD'
  const waitForTrailers = response.trailers !== undefined && isStreamed(body) && !endStream
  stream.respond({ ':status': status, ...toFields(headers) }, { endStream, waitForTrailers })
  if (waitForTrailers) stream.once('wantTrailers', () => stream.sendTrailers(toFields(response.trailers?.() ?? [])))
  if (endStream) return
  if (isStreamed(body)) await sendStream(stream, body)
  else await sendWhole(stream, body)
}

async function sendStream(stream: ServerHttp2Stream, body: StreamedBody): Promise<void> {
  stream.once('close', () => body.cancel?.())
  await writeBody(stream, body)
  const closed = once(stream, 'close')
  stream.end()
  await closed
}

async function sendWhole(stream: ServerHttp2Stream, body: string | Uint8Array): Promise<void> {
  const closed = once(stream, 'close')
  stream.end(body)
  await closed
}

/** RFC 9113, section 8.2.2: connection-specific fields make a message malformed. */
const CONNECTION_FIELDS = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
])

/** The fields of a response that node:http2 sends only once. */
const SINGLE_VALUED = new Set([
  'access-control-allow-credentials',
  'access-control-max-age',
  'age',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-md5',
  'content-range',
  'content-type',
  'date',
  'etag',
  'expires',
  'host',
  'last-modified',
  'location',
  'retry-after',
  'tk',
  'x-content-type-options',
])

/** Converts header fields to an object, without the connection-specific ones. A repeated field becomes a list, or its last value. */
export function toFields(headers: readonly string[]): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {}
  for (let index = 0; index < headers.length; index += 2) {
    const name = String(headers[index]).toLowerCase()
    const value = String(headers[index + 1])
    if (CONNECTION_FIELDS.has(name)) continue
    const existing = fields[name]
    fields[name] = existing === undefined || SINGLE_VALUED.has(name) ? value : [...[existing].flat(), value]
  }
  return fields
}
