/** Plays a session of the fuzz on a connection of its own, and checks what the server sends. */
import { connect, type Socket } from 'node:net'
import { PREFACE } from '../../servers/http/http2/frames.ts'
import { FuzzFailure } from '../shared/fuzz-failure.ts'
import { checkFrames, InvalidResponse, parseResponses } from './responses.ts'
import type { FuzzSession } from './sessions.ts'
import { SESSION_PLACEHOLDER } from './targets.ts'

/** Milliseconds after which a connection that has not ended hangs. An endpoint may wait for 10 s. */
const MAX_SESSION_MS = 60_000
/** These responses end when the client ends its side. */
const ENDLESS = /^HTTP\/1\.1 101 |^content-type: text\/event-stream/im

export interface Outcome {
  /** The final responses of HTTP/1.1. */
  readonly responses: number
  readonly milliseconds: number
}

/** @throws FuzzFailure */
export async function play(port: number, session: FuzzSession, cookie: string): Promise<Outcome> {
  const start = performance.now()
  const parts = session.parts.map(part => fillIn(part, cookie))
  const received: Buffer[] = []
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  const error = await exchange(socket, { ...session, parts }, received)
  const bytes = Buffer.concat(received)
  if (error) throw new FuzzFailure(error, bytes)
  try {
    const responses = check({ ...session, parts }, bytes)
    return { responses, milliseconds: performance.now() - start }
  } catch (invalid) {
    if (invalid instanceof InvalidResponse) throw new FuzzFailure(invalid.message, bytes)
    throw invalid
  }
}

function fillIn(part: Buffer, cookie: string): Buffer {
  if (!part.includes(SESSION_PLACEHOLDER)) return part
  return Buffer.from(part.toString('latin1').replaceAll(SESSION_PLACEHOLDER, cookie), 'latin1')
}

/** Writes the parts, ends the connection and collects what the server sends. Returns what went wrong. */
async function exchange(socket: Socket, session: FuzzSession, received: Buffer[]): Promise<string | undefined> {
  const { parts, ending } = session
  const closed = new Promise<string | undefined>(resolve => {
    const timer = setTimeout(() => {
      socket.destroy()
      resolve('the connection hangs')
    }, MAX_SESSION_MS)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(undefined)
    })
    socket.on('error', error => {
      if (!leaves(session)) resolve(`the connection ends with an error: ${error.message}`)
    })
  })
  socket.on('data', bytes => {
    received.push(bytes)
    if (ending === 'wait' && ENDLESS.test(bytes.toString('latin1'))) socket.end()
  })
  socket.on('end', () => socket.end())
  for (const part of parts) {
    socket.write(part)
    await new Promise(resolve => setImmediate(resolve))
  }
  if (ending === 'half-close') socket.end()
  else if (ending === 'disconnect') socket.destroy()
  else if (ending === 'reset') socket.resetAndDestroy()
  return closed
}

/** True if the client disconnects without waiting for responses. */
function leaves({ ending }: FuzzSession): boolean {
  return ending === 'disconnect' || ending === 'reset'
}

/** Returns the number of final responses. */
function check(session: FuzzSession, received: Buffer): number {
  const sent = Buffer.concat(session.parts)
  if (received.length > 0 && !received.subarray(0, 5).equals(Buffer.from('HTTP/'.slice(0, received.length)))) {
    if (!sent.includes(PREFACE)) throw new InvalidResponse('frames of HTTP/2 in response to no preface')
    checkFrames(received)
    return 0
  }
  const methods = session.requests?.map(({ method }) => method)
  const { responses, isTruncated } = parseResponses(received, { methods, mayBeHead: sent.includes('HEAD ') })
  const hasWebSocket = sent.includes('/test/websocket')
  const requests = methods?.length ?? countHeads(sent) + 1
  // The frames of a client are another, malformed request if the server does not upgrade the connection.
  const most = requests + (hasWebSocket ? 1 : 0)
  if (responses.length > most) throw new InvalidResponse(`${responses.length} responses to ${requests} requests`)
  if (leaves(session)) return responses.length
  // These close the connection without a response; that of WebSocket does if the client has ended its side.
  const mayAbort = hasWebSocket || ['/test/clos', '/stub/abor'].some(path => sent.includes(path))
  if (isTruncated && !mayAbort) throw new InvalidResponse('the last response is incomplete')
  const isClosed = responses.some(({ status, fields }) => status === 101 || fields.get('connection')?.includes('close'))
  if (responses.length < requests && methods && !isClosed && !mayAbort) {
    throw new InvalidResponse(`${responses.length} responses to ${requests} valid requests`)
  }
  return responses.length
}

/** The most requests that the bytes can contain. */
function countHeads(bytes: Buffer): number {
  return bytes.toString('latin1').split('\r\n\r\n').length - 1
}
