/** Sends queries over UDP: each from its own connected socket with a random port (RFC 5452, section 9.2). */
import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { epochSeconds } from '../../../epoch-seconds.ts'
import { errorCode, UnreachableError } from '../../../errors.ts'
import { formatAddress } from '../../../net/address.ts'
import { unreachableError } from '../../../net/connect.ts'
import type { Location } from '../../../service.ts'
import { datagramOrigin } from '../../../trace/datagram-origins.ts'
import type { Direction } from '../../../trace/dissector.ts'
import { dissectDns } from '../../../trace/dissectors/dns.ts'
import { FormatError } from '../../message.ts'
import { TsigError } from '../../tsig/tsig-error.ts'
import type { PreparedQuery } from './prepared-query.ts'
import type { ReceivedResponse, SendQueryOptions } from './transport.ts'

/** Retransmissions make up for lost datagrams. */
const TRIES = 3
/**
 * Ignored datagrams before the query is sent again over TCP. One or two may be late responses; this many mean that an
 * attacker is guessing ids.
 */
const MAX_IGNORED = 64
/** The range of random ports: outside the ports of common services, and larger than the system's own range. */
const PORTS = { from: 10_240, below: 65_536 }
/** Random ports to try before letting the system choose. */
const PORT_TRIES = 4

type UdpOptions = Pick<SendQueryOptions, 'trace' | 'signal' | 'tries'> & { readonly timeout: number }

/**
 * Sends a query; returns undefined if the caller should send it again over TCP, since the response may be forged.
 *
 * @throws UnreachableError if no server listens there, or no response arrives in time
 */
export async function sendOverUdp(
  server: Location,
  query: PreparedQuery,
  options: UdpOptions,
): Promise<ReceivedResponse | undefined> {
  const done = new AbortController()
  const { signal } = options
  let socket: Socket | undefined
  try {
    signal?.throwIfAborted()
    const stopped = signal ? AbortSignal.any([done.signal, signal]) : done.signal
    const start = performance.now()
    const address = await addressOf(server.host, options.timeout, stopped)
    socket = await boundSocket(isIP(address) === 6 ? 'udp6' : 'udp4')
    socket.connect(server.port, address)
    await once(socket, 'connect')
    const timeout = Math.max(1, options.timeout - (performance.now() - start))
    return await exchange(socket, query, { ...options, timeout }, stopped)
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof UnreachableError ? error : unreachableError(server, 'dns', error)
  } finally {
    done.abort()
    socket?.close()
  }
}

/** Bounds the lookup of the server's name, since `dns.lookup` has no timeout. */
async function addressOf(host: string, timeout: number, signal: AbortSignal): Promise<string> {
  if (isIP(host)) return host
  const timedOut = delay(timeout, undefined, { signal }).then(() => {
    throw new Error('its name could not be resolved in time')
  })
  const { address } = await Promise.race([lookup(host), timedOut])
  return address
}

async function boundSocket(kind: 'udp4' | 'udp6', tries = PORT_TRIES): Promise<Socket> {
  const socket = createSocket(kind)
  try {
    socket.bind({ port: tries > 0 ? randomInt(PORTS.from, PORTS.below) : 0, exclusive: true })
    await once(socket, 'listening')
    return socket
  } catch (error) {
    socket.close()
    if (errorCode(error) !== 'EADDRINUSE' || tries === 0) throw error
    return boundSocket(kind, tries - 1)
  }
}

async function exchange(
  socket: Socket,
  query: PreparedQuery,
  options: UdpOptions,
  signal: AbortSignal,
): Promise<ReceivedResponse | undefined> {
  const { tries = TRIES, timeout } = options
  const emit = createEmitter(socket, options)
  const stats = { ignored: 0 }
  const response = receiveResponse(socket, query, emit, stats)
  for (let count = 0; count < tries; count++) {
    emit('request', query.bytes)
    socket.send(query.bytes)
    const timedOut = delay(timeout / tries, undefined, { signal })
    const received = await Promise.race([response, timedOut])
    if (received) return received === 'suspicious' ? undefined : received
  }
  const ignored = stats.ignored > 0 ? ` (datagrams that did not match the query: ${stats.ignored})` : ''
  const { address: host, port } = socket.remoteAddress()
  const why = `it did not answer in ${tries} ${tries === 1 ? 'try' : 'tries'}${ignored}`
  throw new UnreachableError(formatAddress({ host, port }), why, { service: 'dns' })
}

type Emit = (direction: Direction, bytes: Uint8Array) => void

/** Resolves with the first datagram that is the response. Ignores others, which may be forged. */
function receiveResponse(
  socket: Socket,
  query: PreparedQuery,
  emit: Emit,
  stats: { ignored: number },
): Promise<ReceivedResponse | 'suspicious'> {
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('message', bytes => {
      emit('response', bytes)
      const received = decode(bytes, query)
      if (received) resolve(received)
      else if (++stats.ignored >= MAX_IGNORED) resolve('suspicious')
    })
  })
}

function decode(bytes: Buffer, query: PreparedQuery): ReceivedResponse | 'suspicious' | undefined {
  // Rejects most forged datagrams without decoding them.
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== query.id) return undefined
  try {
    const response = query.decodeResponse(bytes, epochSeconds())
    if (response?.caseMatches === false) return 'suspicious'
    return response && { ...response, bytes, transport: 'udp' }
  } catch (error) {
    if (error instanceof TsigError) return 'suspicious'
    if (error instanceof FormatError) return undefined
    throw error
  }
}

function createEmitter(socket: Socket, { trace }: UdpOptions): Emit {
  const [local, remote] = [socket.address(), socket.remoteAddress()]
  const client = { host: local.address, port: local.port }
  const server = { host: remote.address, port: remote.port }
  return (direction, bytes) => {
    if (!trace?.active) return
    trace.emitFor(datagramOrigin('dns', 'client', client, server), dissectDns(direction, bytes))
  }
}
