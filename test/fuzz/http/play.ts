/** Plays a session of the fuzz on a connection of its own, and checks what the server sends. */
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { PREFACE } from '../../servers/http/http2/frames.ts'
import { FuzzFailure } from '../shared/fuzz-failure.ts'
import { reset } from '../shared/reset.ts'
import { checkFrames, hasGoaway, InvalidResponse, parseResponses } from './responses.ts'
import type { FuzzSession } from './sessions.ts'
import { SESSION_PLACEHOLDER } from './targets.ts'

/** Milliseconds after which a connection that has not ended hangs. An endpoint may wait for 10 s. */
const MAX_SESSION_MS = 60_000
/** These responses end when the client ends its side. */
const ENDLESS = /^HTTP\/1\.1 101 |^content-type: text\/event-stream/im

/** Where the server listens. */
export interface ServerAddress {
  readonly port: number
  readonly tlsPort: number
  /** The authority of its certificate. */
  readonly ca: string
}

export interface Outcome {
  /** The final responses of HTTP/1.1. */
  readonly responses: number
  readonly milliseconds: number
}

/** @throws FuzzFailure */
export async function play(server: ServerAddress, session: FuzzSession, cookie: string): Promise<Outcome> {
  const start = performance.now()
  const parts = session.parts.map(part => fillIn(part, cookie))
  const received: Buffer[] = []
  const error = await exchange(open(server, session), { ...session, parts }, received)
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

/** The connection, and the TCP socket that carries it. */
interface Connection {
  readonly socket: Socket
  readonly carrier: Socket
}

function open({ port, tlsPort, ca }: ServerAddress, { alpn }: FuzzSession): Connection {
  const host = '127.0.0.1'
  const carrier = connect({ port: alpn ? tlsPort : port, host, noDelay: true, allowHalfOpen: true })
  if (!alpn) return { socket: carrier, carrier }
  // The error reaches the socket above.
  carrier.on('error', () => undefined)
  // `connect` of TLS passes on `allowHalfOpen`; its type does not have it.
  const options = { socket: carrier, host, ca, ALPNProtocols: [alpn], allowHalfOpen: true }
  return { socket: connectTls(options), carrier }
}

function fillIn(part: Buffer, cookie: string): Buffer {
  if (!part.includes(SESSION_PLACEHOLDER)) return part
  return Buffer.from(part.toString('latin1').replaceAll(SESSION_PLACEHOLDER, cookie), 'latin1')
}

/** Writes the parts, ends the connection and collects what the server sends. Returns what went wrong. */
async function exchange(
  { socket, carrier }: Connection,
  session: FuzzSession,
  received: Buffer[],
): Promise<string | undefined> {
  const { alpn, parts, ending } = session
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
    // Over TLS, node does not see that the client has ended its side after a GOAWAY of its own.
    if (alpn === 'h2' && hasGoaway(Buffer.concat(received))) socket.destroy()
    if (ending === 'wait' && ENDLESS.test(bytes.toString('latin1'))) socket.end()
  })
  socket.on('end', () => socket.end())
  for (const part of parts) {
    socket.write(part)
    await new Promise(resolve => setImmediate(resolve))
  }
  if (ending === 'half-close') socket.end()
  else if (ending === 'disconnect') socket.destroy()
  else if (ending === 'reset') reset(socket, carrier)
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
    if (!sent.includes(PREFACE) && session.alpn !== 'h2')
      throw new InvalidResponse('frames of HTTP/2 in response to no preface')
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
