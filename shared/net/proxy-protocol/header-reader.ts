/**
 * Accepts connections from balancers: reads the header of the PROXY protocol from each before its server gets the socket.
 * Connections from other addresses reach the server unread, so a header of theirs is ordinary, wrong input of its protocol.
 */
import type { Server, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { errorText } from '../../errors.ts'
import type { Log } from '../../log.ts'
import { peerAddress } from '../address.ts'
import type { ParsedHeader, ProxiedAddresses } from './header.ts'
import { parseProxyHeader } from './parse.ts'
import { setAddresses } from './proxied-socket.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

/** Time for the header. A balancer sends it at once, at the latest with the first retransmission (section 3 advises 3 s). */
const HEADER_TIMEOUT_MS = 5000
/** Headers that may be pending at once. At the bound, the connection that waits longest is destroyed. */
const MAX_PENDING = 1000

export interface HeaderReaderOptions {
  readonly proxies: TrustedProxies
  readonly service: string
  readonly log: Log
  /** Milliseconds for a header. */
  readonly timeout?: number
  readonly maxPending?: number
}

type CompleteHeader = Extract<ParsedHeader, { kind: 'complete' }>

export class ProxyHeaderReader {
  readonly #options: HeaderReaderOptions
  /** Sockets whose header is pending, the oldest first. */
  readonly #pending = new Set<Socket>()
  /** The addresses in the headers of open connections, by the two ends of the TCP connection. */
  readonly #proxied = new Map<string, ProxiedAddresses>()
  /** The addresses of this machine at which proxied connections arrived. */
  readonly #localHosts = new WeakMap<Socket, string>()

  constructor(options: HeaderReaderOptions) {
    this.#options = options
  }

  /** Makes the server's present listeners of `connection` wait for the header. */
  intercept(server: Server): void {
    const listeners = server.listeners('connection')
    server.removeAllListeners('connection')
    server.on('connection', (socket: Socket) => {
      const deliver = () => {
        for (const listener of listeners) Reflect.apply(listener, server, [socket])
      }
      if (this.#expectsHeader(socket)) this.#read(socket, deliver)
      else deliver()
    })
  }

  /** Gives a TLS socket the addresses of the TCP connection below it, to which it has no public reference. */
  continueOn(socket: TLSSocket): void {
    const addresses = this.#proxied.get(connectionKey(socket))
    if (addresses) this.#setAddresses(socket, addresses)
  }

  /** Returns the address of this machine at which a connection arrived; a proxied socket has the balancer's. */
  localHostOf(socket: Socket): string {
    return this.#localHosts.get(socket) ?? socket.localAddress ?? ''
  }

  /** Destroys the connections whose header is pending. */
  close(): void {
    for (const socket of this.#pending) socket.destroy()
  }

  /** A TLS socket is not new: its header preceded the handshake. */
  #expectsHeader(socket: Socket): boolean {
    return !('encrypted' in socket) && this.#options.proxies.includes(socket.remoteAddress ?? '')
  }

  #read(socket: Socket, deliver: () => void): void {
    const { timeout = HEADER_TIMEOUT_MS, maxPending = MAX_PENDING } = this.#options
    const [oldest] = this.#pending.size < maxPending ? [] : this.#pending
    oldest?.destroy()
    this.#pending.add(socket)
    readHeader(socket, timeout, (result, rest) => {
      this.#pending.delete(socket)
      if (result.kind === 'invalid') return this.#reject(socket, result.reason)
      this.#apply(socket, result)
      deliver()
      // Not `unshift`: the trace observes `push`. The stream is empty, so the bytes are the next ones either way.
      if (rest.length > 0 && !socket.destroyed) socket.push(rest)
    })
    socket.once('close', () => this.#pending.delete(socket))
  }

  #apply(socket: Socket, { addresses }: CompleteHeader): void {
    if (!addresses) return
    const key = connectionKey(socket)
    this.#proxied.set(key, addresses)
    socket.once('close', () => this.#proxied.delete(key))
    this.#setAddresses(socket, addresses)
  }

  #setAddresses(socket: Socket, addresses: ProxiedAddresses): void {
    this.#localHosts.set(socket, socket.localAddress ?? '')
    setAddresses(socket, addresses)
  }

  #reject(socket: Socket, reason: string): void {
    const { log, service } = this.#options
    const advice = 'Let the balancer send it (HAProxy: send-proxy), or leave the address out of proxyFrom'
    log.warn(
      { client: peerAddress(socket) },
      `${service}: closed a connection without a PROXY protocol header: ${reason}. ${advice}`,
    )
    socket.destroy()
  }
}

function connectionKey({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(' ')
}

type HeaderResult = Exclude<ParsedHeader, { kind: 'incomplete' }>

/**
 * Reads a header. Not called back if the connection closes before its first byte, as a balancer's check does.
 *
 * @param done gets the bytes that arrived after the header; the stream is then as that of a new socket
 */
function readHeader(socket: Socket, timeout: number, done: (result: HeaderResult, rest: Buffer) => void): void {
  let received = Buffer.alloc(0)
  const finish = (result: HeaderResult, rest = Buffer.alloc(0)) => {
    stop()
    // Without its listener of `readable`, the stream leaves paused mode in the next tick, which is before this one.
    process.nextTick(done, result, rest)
  }
  const fail = (reason: string) => finish({ kind: 'invalid', reason })
  const onReadable = () => {
    const bytes: Buffer | null = socket.read()
    if (!bytes) return
    received = Buffer.concat([received, bytes])
    const result = parseProxyHeader(received)
    if (result.kind === 'invalid') fail(result.reason)
    else if (result.kind === 'complete') finish(result, received.subarray(result.length))
  }
  const onEnd = () => {
    if (received.length > 0) return fail('it ended before the header was complete')
    stop()
    socket.destroy()
  }
  const onError = (error: Error) => (received.length > 0 ? fail(errorText(error)) : stop())
  const timer = setTimeout(() => fail(`the header did not arrive within ${timeout / 1000} s`), timeout)
  const stop = () => {
    clearTimeout(timer)
    socket.off('readable', onReadable).off('end', onEnd).off('error', onError).off('close', stop)
  }
  socket.on('readable', onReadable).on('end', onEnd).on('error', onError).on('close', stop)
}
