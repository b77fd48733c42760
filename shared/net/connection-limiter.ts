/** The open connections of a server, their bounds, and what happens to a client that connects when a bound is reached. */
import type { Socket } from 'node:net'
import type { ConnectionHandler, StreamConnection } from './stream-connection.ts'

/** A connection that counts towards the bounds, with what `handle` returned for it. */
export interface OpenConnection<Handler extends ConnectionHandler> {
  readonly connection: StreamConnection
  readonly handler: Handler
}

/** What happens to a client that connects when `maxConnections` or `maxPerAddress` is reached. */
export type WhenFull<Handler extends ConnectionHandler> =
  /** Close it without a reply. `maxConnections` then applies to each bound address separately. */
  | { readonly action: 'close' }
  /** Trace it, let `refuse` write the protocol's refusal, and destroy the socket once that has been sent. */
  | { readonly action: 'refuse'; refuse(connection: StreamConnection): void }
  /**
   * Accept it and finish another. `choose` gets the open connections (of the same address, if `maxPerAddress` is reached)
   * and returns the one to finish. If it returns undefined, the new connection is refused, or closed without `refuse`.
   */
  | {
      readonly action: 'evict'
      choose(open: readonly OpenConnection<Handler>[]): OpenConnection<Handler> | undefined
      refuse?(connection: StreamConnection): void
    }

export interface ConnectionLimits<Handler extends ConnectionHandler> {
  /** Connections open at once. At the bound, one that the server has ended and the client has not is destroyed first. */
  readonly maxConnections: number
  /** Connections open at once from one address. Default: no bound. */
  readonly maxPerAddress?: number
  readonly whenFull: WhenFull<Handler>
}

export class ConnectionLimiter<Handler extends ConnectionHandler> {
  readonly #limits: ConnectionLimits<Handler>
  readonly #open = new Map<Socket, OpenConnection<Handler>>()

  constructor(limits: ConnectionLimits<Handler>) {
    this.#limits = limits
  }

  /** Decides about a new client at `host`; evicts another connection if that makes room. */
  admit(host: string): 'accept' | 'refuse' | 'close' {
    const candidates = this.#candidatesFor(host)
    if (!candidates) return 'accept'
    const { whenFull } = this.#limits
    if (whenFull.action === 'refuse') return 'refuse'
    if (whenFull.action === 'close') return 'close'
    const evicted = whenFull.choose(candidates)
    if (!evicted) return whenFull.refuse ? 'refuse' : 'close'
    this.#open.delete(evicted.connection.socket)
    evicted.connection.guard.run(() => evicted.handler.finish?.())
    return 'accept'
  }

  /** Counts a connection until its socket closes. */
  add(connection: StreamConnection, handler: Handler): void {
    const { socket } = connection
    this.#open.set(socket, { connection, handler })
    socket.once('close', () => this.#open.delete(socket))
  }

  get(socket: Socket): OpenConnection<Handler> | undefined {
    return this.#open.get(socket)
  }

  /** The connections that count towards the bounds. */
  get connections(): Iterable<OpenConnection<Handler>> {
    return this.#open.values()
  }

  /** Returns the connections of which one must end before a client at `host` is accepted; undefined if there is room. */
  #candidatesFor(host: string): readonly OpenConnection<Handler>[] | undefined {
    const { maxConnections, maxPerAddress, whenFull } = this.#limits
    if (maxPerAddress !== undefined && this.#open.size >= maxPerAddress) {
      const sameAddress = [...this.#open.values()].filter(({ connection }) => connection.peer.host === host)
      if (sameAddress.length >= maxPerAddress) return sameAddress
    }
    const isFull = this.#open.size >= maxConnections && whenFull.action !== 'close' && !this.#destroyFinished()
    return isFull ? [...this.#open.values()] : undefined
  }

  /** Destroys a connection that the server has ended and the client has not; returns false if there is none. */
  #destroyFinished(): boolean {
    const finished = [...this.#open.keys()].find(socket => socket.writableFinished)
    if (!finished) return false
    this.#open.delete(finished)
    finished.destroy()
    return true
  }
}
