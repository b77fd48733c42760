/** One accepted connection: guarded against defects, recorded in the trace, closed when idle. */
import type { Socket } from 'node:net'
import { errorText } from '../errors.ts'
import type { Context } from '../service.ts'
import type { Conversation } from '../trace/conversation.ts'
import type { FollowOptions } from '../trace/follow-options.ts'
import { type Address, peerAddress } from './address.ts'
import type { ConnectionGuard } from './connection-guard.ts'

/** An accepted connection; over TLS, its handshake is complete, unless the handler does it. */
export interface StreamConnection {
  /** Stays open for writing when the client ends its side. A `TLSSocket` if `transport` is `tls`, after the handshake. */
  readonly socket: Socket
  readonly transport: 'tcp' | 'tls'
  /** Add socket listeners with `guard.on` and run callbacks in `guard.run`: an exception then ends only this connection. */
  readonly guard: ConnectionGuard
  /** The connection in the trace. */
  readonly conversation: Conversation
  /** The client's address; an IPv4-mapped IPv6 address is given as IPv4. */
  readonly peer: Address
  /** The address of this machine at which the connection arrived. Behind a balancer, `socket.localAddress` is the balancer's. */
  readonly localHost: string
  /** The client's address as text for the log: `127.0.0.1:40123`. */
  readonly client: string
}

/** What `handle` returns: how to end this connection in good order. */
export interface ConnectionHandler {
  /** Called when the server closes or evicts this connection: complete the current work, then end the socket. */
  finish?(): void
  /** When the connection became idle, in milliseconds from any fixed point; undefined while it has work. */
  readonly idleSince?: number | undefined
  /** Called when the drain time is over. Default: destroys the socket. */
  abort?(): void
}

export interface ConnectionOptions {
  /**
   * Milliseconds without a byte in either direction after which the socket is destroyed. Omit it if the protocol has its
   * own timeouts or sends a reply first: use `socket.setTimeout` and `guard.on('timeout')` in `handle`.
   */
  readonly idleTimeout?: number
  /** Called for errors of a socket. Default: logs `NAME: connection failed`. */
  onError?(error: Error, connection: Pick<StreamConnection, 'socket' | 'client'>): void
}

/** Records an accepted socket in the trace, reports its errors, and applies the idle timeout. */
export function openConnection(
  {
    socket,
    guard,
    peer,
    transport,
    localHost,
  }: Pick<StreamConnection, 'socket' | 'guard' | 'peer' | 'transport' | 'localHost'>,
  { log, trace }: Pick<Context, 'log' | 'trace'>,
  { follow, idleTimeout, onError }: ConnectionOptions & { readonly follow: Omit<FollowOptions, 'side' | 'transport'> },
): StreamConnection {
  const client = peerAddress(socket)
  const conversation = trace.follow(socket, { ...follow, side: 'server', transport })
  guard.on('error', (error: Error) => {
    if (onError) onError(error, { socket, client })
    else log.info({ client, error: errorText(error) }, `${follow.protocol}: connection failed`)
  })
  if (idleTimeout !== undefined) {
    socket.setTimeout(idleTimeout, () => socket.destroy(new Error(`idle for ${idleTimeout / 1000} s`)))
  }
  return { socket, transport, guard, conversation, peer, localHost, client }
}
