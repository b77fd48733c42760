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
   * Accept it and finish another. `choose` gets the open connections (of one address, with that address, if `maxPerAddress`
   * is reached) and returns the one to finish. If it returns undefined, the new connection is refused, or closed without `refuse`.
   */
  | {
      readonly action: 'evict'
      choose(open: readonly OpenConnection<Handler>[], address?: string): OpenConnection<Handler> | undefined
      refuse?(connection: StreamConnection): void
    }

export interface ConnectionLimits<Handler extends ConnectionHandler> {
  /** Connections open at once. At the bound, one that the server has ended and the client has not is destroyed first. */
  readonly maxConnections: number
  /** Connections open at once from one address. Default: no bound. */
  readonly maxPerAddress?: number
  readonly whenFull: WhenFull<Handler>
}

interface Candidates<Handler extends ConnectionHandler> {
  readonly open: readonly OpenConnection<Handler>[]
  /** Set if they are those of one address. */
  readonly address?: string
}

/** A decision takes the same time for any number of connections, unless `choose` has to look at them. */
export class ConnectionLimiter<Handler extends ConnectionHandler> {
  readonly #limits: ConnectionLimits<Handler>
  readonly #open = new Map<Socket, OpenConnection<Handler>>()
  readonly #byAddress = new Map<string, Set<OpenConnection<Handler>>>()
  /** Connections that the server has ended and the client has not. */
  readonly #finished = new Set<OpenConnection<Handler>>()

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
    const evicted = whenFull.choose(candidates.open, candidates.address)
    if (!evicted) return whenFull.refuse ? 'refuse' : 'close'
    this.#remove(evicted)
    evicted.connection.guard.run(() => evicted.handler.finish?.())
    return 'accept'
  }

  /** Counts a connection until its socket closes. */
  add(connection: StreamConnection, handler: Handler): void {
    const { socket, peer } = connection
    const open = { connection, handler }
    this.#open.set(socket, open)
    const sameAddress = this.#byAddress.get(peer.host)
    if (sameAddress) sameAddress.add(open)
    else this.#byAddress.set(peer.host, new Set([open]))
    socket.once('finish', () => this.#open.has(socket) && this.#finished.add(open))
    socket.once('close', () => this.#remove(open))
  }

  get(socket: Socket): OpenConnection<Handler> | undefined {
    return this.#open.get(socket)
  }

  /** The connections that count towards the bounds. */
  get connections(): Iterable<OpenConnection<Handler>> {
    return this.#open.values()
  }

  /** Returns the connections of which one must end before a client at `host` is accepted; undefined if there is room. */
  #candidatesFor(host: string): Candidates<Handler> | undefined {
    const { maxConnections, maxPerAddress = Number.POSITIVE_INFINITY, whenFull } = this.#limits
    const sameAddress = this.#byAddress.get(host)
    if (sameAddress && sameAddress.size >= maxPerAddress) return { open: [...sameAddress], address: host }
    const isFull = this.#open.size >= maxConnections && whenFull.action !== 'close' && !this.#destroyFinished()
    return isFull ? { open: [...this.#open.values()] } : undefined
  }

  /** Destroys a connection that the server has ended and the client has not; returns false if there is none. */
  #destroyFinished(): boolean {
    for (const open of this.#finished) {
      this.#remove(open)
      open.connection.socket.destroy()
      return true
    }
    return false
  }

  #remove(open: OpenConnection<Handler>): void {
    const { socket, peer } = open.connection
    if (!this.#open.delete(socket)) return
    this.#finished.delete(open)
    const sameAddress = this.#byAddress.get(peer.host)
    sameAddress?.delete(open)
    if (sameAddress?.size === 0) this.#byAddress.delete(peer.host)
  }
}
