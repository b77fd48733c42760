/** Asking by TCP (RFC 7766) and TLS (RFC 7858): messages with their length before them, both ways. */
import type { Socket } from 'node:net'
import { epochSeconds } from '../../epoch-seconds.ts'
import { errorText, RefusedError } from '../../errors.ts'
import { connectTcp } from '../../net/connect.ts'
import { connectTls } from '../../net/connect-tls.ts'
import type { Location } from '../../service.ts'
import { dnsStreamDissector } from '../../trace/dissectors/dns.ts'
import { FrameReader, frame } from '../frames.ts'
import { TsigError } from '../tsig/tsig-error.ts'
import type { DecodedResponse, PreparedQuery } from './prepared-query.ts'
import type { ReceivedResponse, SendQueryOptions } from './transport.ts'

export interface StreamOptions extends Pick<SendQueryOptions, 'trace' | 'signal' | 'verification'> {
  readonly transport: 'tcp' | 'tls'
  /** Milliseconds for connecting, and then for the one message; for each where there are `many`. */
  readonly timeout: number
  /** True where one query has many messages as its answer: a transfer. */
  readonly many?: boolean
}

/**
 * @throws UnreachableError when nobody listens there
 * @throws RefusedError when the server closes, is not done within `timeout`, or answers something else
 */
export async function sendOverStream(
  server: Location,
  asked: PreparedQuery,
  options: StreamOptions,
): Promise<ReceivedResponse> {
  const { transport } = options
  // On a connection there is one question, so what comes is its reply, or the server is broken.
  for await (const bytes of streamResponses(server, asked.bytes, options)) {
    return { ...readResponse(asked, bytes), bytes, transport }
  }
  throw new RefusedError('closed', 'the name server closed without an answer')
}

/** @throws RefusedError for what is no response to the question, or not signed as it should be */
export function readResponse(asked: PreparedQuery, bytes: Buffer): DecodedResponse {
  const heard = read(asked, bytes)
  if (heard) return heard
  throw new RefusedError('mismatch', 'the name server answered another question than the one asked')
}

function read(asked: PreparedQuery, bytes: Buffer): DecodedResponse | undefined {
  try {
    return asked.decodeResponse(bytes, epochSeconds())
  } catch (error) {
    throw toRefusedError(error)
  }
}

/** What a broken connection or message is told as. */
export function toRefusedError(error: unknown): RefusedError {
  if (error instanceof RefusedError) return error
  if (error instanceof TsigError) {
    return new RefusedError(error.code ?? 'unsigned', `the answer cannot be believed: ${error.message}`, {
      cause: error,
    })
  }
  return new RefusedError('failed', `the name server failed: ${errorText(error)}`, { cause: error })
}

/**
 * Connects, sends one query, and gives each message that comes until the server closes. The connection ends with the
 * iteration.
 *
 * @throws UnreachableError when nobody listens there
 * @throws RefusedError when the connection breaks, or is silent for `timeout`
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
  const late = () => socket.destroy(new Error('it did not answer in time'))
  // One bound for a whole message, however slowly its bytes come.
  let timer = setTimeout(late, Math.max(1, timeout - (performance.now() - start)))
  try {
    signal?.throwIfAborted()
    socket.write(frame(query))
    for await (const message of framesOf(socket)) {
      clearTimeout(timer)
      yield message
      if (many) timer = setTimeout(late, timeout)
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
  // RFC 7858 names no protocol for ALPN, the registry does: `dot`.
  return connectTls(server, { service: 'dns', follow, verification: options.verification, protocols: ['dot'] }, options)
}

async function* framesOf(socket: Socket): AsyncGenerator<Buffer> {
  const frames = new FrameReader()
  // Left as it is when the reply is there: the iterator would destroy it as if it had failed.
  for await (const bytes of socket.iterator({ destroyOnReturn: false })) yield* frames.push(bytes)
}
