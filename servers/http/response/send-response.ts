/** Writes a response over HTTP/1.1. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { finished } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { LINGER_MS, MAX_IGNORED_BODY_BYTES, MAX_LINGER_BYTES } from '../limits.ts'
import { isStreamed, type Response, type StreamedBody } from './response.ts'

/** Sends head and body. Returns a promise for a streamed body; it resolves when node has the whole body. */
export function sendResponse(
  request: IncomingMessage,
  output: ServerResponse,
  response: Response,
): Promise<void> | undefined {
  const { status, headers, body } = response
  const mustDrain = hasLongUnreadBody(request)
  // The next request would follow the rest of that body, so the connection closes.
  if (mustDrain) output.shouldKeepAlive = false
  // The type is mutable, but node does not change the array.
  output.writeHead(status, headers as string[])
  if (isStreamed(body)) return sendStream(request, output, body)
  // node omits the body of a response to HEAD.
  if (!mustDrain) output.end(body)
  else if (body === undefined || request.method === 'HEAD') output.end()
  else endAfterDrain(request, output, body)
  return undefined
}

async function sendStream(request: IncomingMessage, output: ServerResponse, body: StreamedBody): Promise<void> {
  output.once('close', () => body.cancel?.())
  try {
    if (request.method === 'HEAD') output.end()
    else await pipeline(body.chunks(), output)
  } finally {
    await body.close()
  }
}

/** True if the request has an unread body of unknown length or of more than `MAX_IGNORED_BODY_BYTES`. */
function hasLongUnreadBody({ headers, complete }: IncomingMessage): boolean {
  if (complete) return false
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MAX_IGNORED_BODY_BYTES
}

/**
 * Sends the response, but closes the connection only after it has drained the request body, within bounds: closing with
 * unread bytes resets the connection, and the client would lose the response.
 */
function endAfterDrain(request: IncomingMessage, output: ServerResponse, body: string | Uint8Array): void {
  output.write(body)
  let drainedBytes = 0
  const end = () => {
    clearTimeout(timer)
    output.end()
  }
  // A client that sent Expect: 100-continue does not send its body after a final response.
  const timer = setTimeout(end, request.headers.expect === undefined ? LINGER_MS : 0)
  request.on('data', bytes => {
    drainedBytes += bytes.length
    if (drainedBytes > MAX_LINGER_BYTES) end()
  })
  finished(request, end)
}
