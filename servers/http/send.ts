/** Writes an answer: the one place that touches the response. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { finished } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Answer, StreamedBody } from './answer.ts'
import { LINGER_MS, MAX_IGNORED_BODY_BYTES, MAX_LINGER_BYTES } from './limits.ts'

/** Sends head and body. Resolves, where it is not done at once, when the body has been handed over. */
export function send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> | undefined {
  const { status, headers, body } = answer
  const linger = hasLongBody(request)
  if (linger) response.shouldKeepAlive = false
  // The array is not changed by node, whatever its type says.
  response.writeHead(status, headers as string[])
  const isStream = typeof body === 'object' && 'chunks' in body
  if (isStream) return sendStream(request, response, body)
  if (!linger) response.end(body)
  else if (body === undefined || request.method === 'HEAD') response.end()
  else finishAfterBody(request, response, body)
  return undefined
}

async function sendStream(request: IncomingMessage, response: ServerResponse, body: StreamedBody): Promise<void> {
  try {
    if (request.method === 'HEAD') response.end()
    else await pipeline(body.chunks(), response)
  } finally {
    await body.close()
  }
}

/** True where a body comes that nobody wants, and that is too long (or of unknown length) to be passed over. */
function hasLongBody({ headers, complete }: IncomingMessage): boolean {
  if (complete) return false
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MAX_IGNORED_BODY_BYTES
}

/**
 * Sends the whole answer, but ends the response (and by that, the connection) only when the client has stopped sending,
 * or sent for long enough: closing on unread bytes resets the connection, and the answer would be lost.
 */
function finishAfterBody(request: IncomingMessage, response: ServerResponse, body: string | Uint8Array): void {
  response.write(body)
  let passedOver = 0
  const finish = () => {
    clearTimeout(timer)
    response.end()
  }
  // Who asked whether to send its body has its answer, and need not send it.
  const timer = setTimeout(finish, request.headers.expect === undefined ? LINGER_MS : 0)
  request.on('data', bytes => {
    passedOver += bytes.length
    if (passedOver > MAX_LINGER_BYTES) finish()
  })
  finished(request, finish)
}
