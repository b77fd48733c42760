/** Writes a response to a stream of HTTP/2 (RFC 9113). */
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { closeBody, isStreamed, type Response } from '../response/response.ts'
import { writeBody } from '../response/write-body.ts'
import { type Http2ResponseFields, toFields } from './response-fields.ts'
import { StreamDeadline } from './stream-deadline.ts'

export interface SendOptions {
  readonly fields: Http2ResponseFields
  /** Milliseconds that a client may take nothing of the response. */
  readonly stall: number
}

/** @throws the error of a field that HTTP/2 cannot have, or of the body; the stream is then still open */
export async function sendHttp2Response(
  stream: ServerHttp2Stream,
  { ':method': method }: IncomingHttpHeaders,
  response: Response,
  options: SendOptions,
): Promise<void> {
  if (response.abort) stream.close(constants.NGHTTP2_CANCEL)
  try {
    if (!response.abort) await send(stream, response, options, method === 'HEAD')
  } finally {
    await closeBody(response)
  }
  // RFC 9113, section 8.1: the response is complete, so the client need not send the rest of its body.
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
}

async function send(
  stream: ServerHttp2Stream,
  { body, trailers }: Response,
  { fields, stall }: SendOptions,
  isHead: boolean,
): Promise<void> {
  const endStream = body === undefined || isHead
  const waitForTrailers = trailers !== undefined && isStreamed(body) && !endStream
  stream.respond(fields, { endStream, waitForTrailers })
  if (waitForTrailers) stream.once('wantTrailers', () => stream.sendTrailers(toFields(trailers())))
  if (endStream) return
  const closed = new Promise<void>(resolve => void stream.once('close', resolve))
  const deadline = new StreamDeadline(stream, stall)
  if (isStreamed(body)) {
    stream.once('close', () => body.cancel?.())
    await writeBody(stream, body, { onChunk: ({ length }) => deadline.start(length) })
    stream.end()
    deadline.start(0)
  } else {
    stream.end(body)
    deadline.start(body.length)
  }
  await closed
}
