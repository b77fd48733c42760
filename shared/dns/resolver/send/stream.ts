/** Sends queries over TCP (RFC 7766) and TLS (RFC 7858). */
import type { Socket } from 'node:net'
import { epochSeconds } from '../../../epoch-seconds.ts'
import { errorText, RefusedError } from '../../../errors.ts'
import { connectTcp } from '../../../net/connect.ts'
import { connectTls } from '../../../net/connect-tls.ts'
import type { Location } from '../../../service.ts'
import { dnsStreamDissector } from '../../../trace/dissectors/dns.ts'
import { FrameReader, frame } from '../../frames.ts'
import { TsigError } from '../../tsig/tsig-error.ts'
import type { DecodedResponse, PreparedQuery } from './prepared-query.ts'
import type { ReceivedResponse, SendQueryOptions } from './transport.ts'

export interface StreamOptions extends Pick<SendQueryOptions, 'trace' | 'signal' | 'verification'> {
  readonly transport: 'tcp' | 'tls'
  /** Milliseconds to connect and receive the first message; with `many`, also for each further message. */
  readonly timeout: number
  /** Whether to expect more than one response message: a zone transfer. */
  readonly many?: boolean
}

/**
 * @throws UnreachableError if no server listens there
 * @throws RefusedError if the server closes the connection, times out, or sends a response that does not match
 */
export async function sendOverStream(
  server: Location,
  query: PreparedQuery,
  options: StreamOptions,
): Promise<ReceivedResponse> {
  const { transport } = options
  // The connection has only this query, so the first message is its response, or the server is faulty.
  for await (const bytes of streamResponses(server, query.bytes, options)) {
    return { ...decodeResponse(query, bytes), bytes, transport }
  }
  throw new RefusedError('closed', 'the name server closed the connection without a response')
}

/** @throws RefusedError if the message is malformed, not the response to the query, or not signed correctly */
export function decodeResponse(query: PreparedQuery, bytes: Buffer): DecodedResponse {
  const response = tryDecode(query, bytes)
  if (response) return response
  throw new RefusedError('mismatch', 'the name server answered another question')
}

function tryDecode(query: PreparedQuery, bytes: Buffer): DecodedResponse | undefined {
  try {
    return query.decodeResponse(bytes, epochSeconds())
  } catch (error) {
    throw toRefusedError(error)
  }
}

/** Converts the error of a connection or of decoding. */
export function toRefusedError(error: unknown): RefusedError {
  if (error instanceof RefusedError) return error
  if (error instanceof TsigError) {
    return new RefusedError(error.code ?? 'unsigned', `cannot verify the response: ${error.message}`, {
      cause: error,
    })
  }
  return new RefusedError('failed', `the name server failed: ${errorText(error)}`, { cause: error })
}

/**
 * Connects, sends one query, and yields each message until the server closes the connection. Closes the connection when
 * the iteration ends.
 *
 * @throws UnreachableError if no server listens there
 * @throws RefusedError if the connection breaks or times out
 */
export async function* streamResponses(
  server: Location,
  query: Buffer,
  options: StreamOptions,
): AsyncGenerator<Buffer> {
  const { timeout, signal, many = false } = options
  const start = performance.now()
  const socket = await open(server, options)
  const abort = () => socket.destroy(new Error('cancelled', { cause: signal?.reason }))
  signal?.addEventListener('abort', abort, { once: true })
  const timeOut = () => socket.destroy(new Error('it did not answer in time'))
  // Bounds a whole message, so that a server cannot extend it byte by byte.
  let timer = setTimeout(timeOut, Math.max(1, timeout - (performance.now() - start)))
  try {
    signal?.throwIfAborted()
    socket.write(frame(query))
    for await (const message of framesOf(socket)) {
      clearTimeout(timer)
      yield message
      if (many) timer = setTimeout(timeOut, timeout)
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw toRefusedError(error)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    socket.destroy()
  }
}

function open(server: Location, options: StreamOptions): Promise<Socket> {
  const follow = { protocol: 'dns', dissector: dnsStreamDissector } as const
  if (options.transport === 'tcp') return connectTcp(server, follow, options)
  // From the IANA registry of ALPN protocol ids; RFC 7858 defines none.
  return connectTls(server, { service: 'dns', follow, verification: options.verification, protocols: ['dot'] }, options)
}

async function* framesOf(socket: Socket): AsyncGenerator<Buffer> {
  const frames = new FrameReader()
  // By default, the iterator destroys the socket when the caller stops reading.
  for await (const bytes of socket.iterator({ destroyOnReturn: false })) yield* frames.push(bytes)
}
