/** Asking by UDP: a socket of its own for each question, on a port that nobody can foresee, connected to the one server. */
import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { epochSeconds } from '../../epoch-seconds.ts'
import { errorCode, UnreachableError } from '../../errors.ts'
import { formatAddress } from '../../net/address.ts'
import { unreachableError } from '../../net/connect.ts'
import type { Location } from '../../service.ts'
import type { Direction } from '../../trace/dissector.ts'
import { dnsDatagramDissector } from '../../trace/dissectors/dns.ts'
import { FormatError } from '../message.ts'
import { TsigError } from '../tsig/tsig-error.ts'
import type { PreparedQuery } from './prepared-query.ts'
import type { ReceivedResponse, SendQueryOptions } from './transport.ts'

/** How often a question is sent when nothing comes back: datagrams get lost. */
const TRIES = 3
/**
 * Datagrams that are no response before the server is asked by TCP: a stray one may come, so many are somebody who tries
 * ids until one fits.
 */
const MAX_STRANGE = 64
/** The ports to choose from: far from those where services are, and more than the system itself would choose from. */
const PORTS = { from: 10_240, below: 65_536 }
/** How many of them may be taken before the system chooses. */
const PORT_TRIES = 4

type UdpOptions = Pick<SendQueryOptions, 'trace' | 'signal' | 'tries'> & { readonly timeout: number }

/**
 * The response; undefined where TCP has to tell whether what came is one.
 *
 * @throws UnreachableError when nobody listens there, or nothing that fits comes back
 */
export async function sendOverUdp(
  server: Location,
  asked: PreparedQuery,
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
    return await converse(socket, asked, { ...options, timeout }, stopped)
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof UnreachableError ? error : unreachableError(server, 'dns', error)
  } finally {
    done.abort()
    socket?.close()
  }
}

/** The system's own resolver has no bound that we could set, so its time is a part of ours. */
async function addressOf(host: string, timeout: number, signal: AbortSignal): Promise<string> {
  if (isIP(host)) return host
  const late = delay(timeout, undefined, { signal }).then(() => {
    throw new Error('its name could not be resolved in time')
  })
  const { address } = await Promise.race([lookup(host), late])
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

async function converse(
  socket: Socket,
  asked: PreparedQuery,
  options: UdpOptions,
  signal: AbortSignal,
): Promise<ReceivedResponse | undefined> {
  const { tries = TRIES, timeout } = options
  const tell = teller(socket, options)
  const heard = { strange: 0 }
  const reply = hear(socket, asked, tell, heard)
  for (let count = 0; count < tries; count++) {
    tell('request', asked.bytes)
    socket.send(asked.bytes)
    const patience = delay(timeout / tries, undefined, { signal })
    const received = await Promise.race([reply, patience])
    if (received) return received === 'doubtful' ? undefined : received
  }
  const others = heard.strange > 0 ? ` (${heard.strange} datagrams came that were no reply to it)` : ''
  const { address: host, port } = socket.remoteAddress()
  const why = `it did not answer in ${tries} ${tries === 1 ? 'try' : 'tries'}${others}`
  throw new UnreachableError(formatAddress({ host, port }), why, { service: 'dns' })
}

type Tell = (direction: Direction, bytes: Uint8Array) => void

/** Resolves with the first datagram that is the reply; whatever else comes may be forged, and is passed over. */
function hear(
  socket: Socket,
  asked: PreparedQuery,
  tell: Tell,
  heard: { strange: number },
): Promise<ReceivedResponse | 'doubtful'> {
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('message', bytes => {
      tell('response', bytes)
      const found = read(bytes, asked)
      if (found) resolve(found)
      else if (++heard.strange >= MAX_STRANGE) resolve('doubtful')
    })
  })
}

function read(bytes: Buffer, asked: PreparedQuery): ReceivedResponse | 'doubtful' | undefined {
  // Before all the work of reading it.
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== asked.id) return undefined
  try {
    const heard = asked.decodeResponse(bytes, epochSeconds())
    if (heard?.caseMatches === false) return 'doubtful'
    return heard && { ...heard, bytes, transport: 'udp' }
  } catch (error) {
    if (error instanceof TsigError) return 'doubtful'
    if (error instanceof FormatError) return undefined
    throw error
  }
}

function teller(socket: Socket, { trace }: UdpOptions): Tell {
  const [local, remote] = [socket.address(), socket.remoteAddress()]
  const client = { host: local.address, port: local.port }
  const server = { host: remote.address, port: remote.port }
  return (direction, bytes) => {
    if (!trace?.active) return
    trace.emitDatagram(
      { protocol: 'dns', side: 'client', client, server, dissector: dnsDatagramDissector },
      direction,
      bytes,
    )
  }
}
