/** Asking by UDP: a socket of its own for each question, on a port the system picks, connected to the one server. */
import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { DEFAULT_TIMEOUT_MS, unreachable } from '../../shared/connect.ts'
import { decodeMessage } from '../../shared/dns/decode.ts'
import { FormatError } from '../../shared/dns/message.ts'
import { UnreachableError } from '../../shared/errors.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { dnsDatagramDissector } from '../../shared/trace/dissectors/dns.ts'
import { type Direction, formatAddress } from '../../shared/trace/event.ts'
import type { Asked, Received } from './exchange.ts'

/** How often a question is sent when nothing comes back: datagrams get lost. */
const TRIES = 3

/** @throws UnreachableError when nobody listens there, or nothing that fits comes back */
export async function askByUdp(server: Location, asked: Asked, options: ClientOptions): Promise<Received> {
  const done = new AbortController()
  let socket: Socket | undefined
  try {
    options.signal?.throwIfAborted()
    const address = isIP(server.host) ? server.host : (await lookup(server.host)).address
    socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4')
    socket.connect(server.port, address)
    await once(socket, 'connect')
    return await converse(socket, asked, options, AbortSignal.any([done.signal, ...signals(options)]))
  } catch (error) {
    options.signal?.throwIfAborted()
    throw error instanceof UnreachableError ? error : unreachable(server, 'dns', error)
  } finally {
    done.abort()
    socket?.close()
  }
}

function signals({ signal }: ClientOptions): AbortSignal[] {
  return signal ? [signal] : []
}

async function converse(socket: Socket, asked: Asked, options: ClientOptions, signal: AbortSignal): Promise<Received> {
  const tell = teller(socket, options)
  const heard = { ignored: 0 }
  const reply = hear(socket, asked, tell, heard)
  for (let tries = 0; tries < TRIES; tries++) {
    tell('request', asked.bytes)
    socket.send(asked.bytes)
    const patience = delay((options.timeout ?? DEFAULT_TIMEOUT_MS) / TRIES, undefined, { signal })
    const received = await Promise.race([reply, patience])
    if (received) return received
  }
  const others = heard.ignored > 0 ? ` (${heard.ignored} datagrams came that were no reply to it)` : ''
  const { address: host, port } = socket.remoteAddress()
  throw new UnreachableError(formatAddress({ host, port }), `it did not answer in ${TRIES} tries${others}`, {
    service: 'dns',
  })
}

type Tell = (direction: Direction, bytes: Uint8Array) => void

/** Resolves with the first datagram that is the reply; whatever else comes may be forged, and is passed over. */
function hear(socket: Socket, asked: Asked, tell: Tell, heard: { ignored: number }): Promise<Received> {
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('message', bytes => {
      tell('response', bytes)
      const received = read(bytes)
      if (received && asked.fits(received.message)) resolve(received)
      else heard.ignored++
    })
  })
}

function read(bytes: Buffer): Received | undefined {
  try {
    return { message: decodeMessage(bytes), size: bytes.length }
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

function teller(socket: Socket, { trace }: ClientOptions): Tell {
  const [local, remote] = [socket.address(), socket.remoteAddress()]
  const client = { host: local.address, port: local.port }
  const server = { host: remote.address, port: remote.port }
  return (direction, bytes) => {
    if (!trace?.active) return
    trace.datagram(
      { protocol: 'dns', side: 'client', client, server, dissector: dnsDatagramDissector },
      direction,
      bytes,
    )
  }
}
