/** Follows the connections of a pool in the trace, and attributes what they send to the request that uses them. */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Connection } from 'pg'
import type { Address } from '../../net/address.ts'
import type { Conversation } from '../../trace/conversation.ts'
import { postgresDissector } from '../../trace/dissectors/postgres.ts'
import type { Cause } from '../../trace/event.ts'
import type { Trace } from '../../trace/trace.ts'

export class FollowedConnections {
  readonly #trace: Trace
  readonly #conversations = new WeakMap<Duplex, Conversation>()
  /** Connections over Unix sockets so far: they have no addresses that tell them apart. */
  #unixSockets = 0

  constructor(trace: Trace) {
    this.#trace = trace
  }

  /** Follows a new connection. Call it before the connection is opened. */
  follow(connection: Connection): void {
    const { stream } = connection
    if (!(stream instanceof Socket)) return
    // The request that waits for the connection.
    const { cause } = this.#trace
    // `pg` writes when the socket is connected. Before that, node would replace the methods of the tap.
    stream.once('connect', () => this.#start(stream, cause))
    connection.once('sslconnect', () => this.#continueOnTls(stream, connection.stream))
  }

  /** Attributes what follows to the running request, until the returned function is called. */
  use({ stream }: Connection): () => void {
    const conversation = this.#conversations.get(stream)
    if (!conversation) return () => undefined
    conversation.cause = this.#trace.cause
    return () => {
      conversation.cause = undefined
    }
  }

  #start(socket: Socket, cause: Cause | undefined): void {
    const addresses = socket.remoteAddress === undefined ? this.#unixAddresses() : undefined
    const options = { protocol: 'sql', side: 'client', dissector: postgresDissector, addresses, cause } as const
    this.#conversations.set(socket, this.#trace.follow(socket, options))
  }

  #continueOnTls(socket: Socket, secure: Duplex): void {
    const conversation = this.#conversations.get(socket)
    if (!conversation || !(secure instanceof Socket)) return
    conversation.pause()
    conversation.continueOn(secure)
    this.#conversations.set(secure, conversation)
  }

  #unixAddresses(): { client: Address; server: Address } {
    this.#unixSockets += 1
    return {
      client: { host: `application[${process.pid}]`, port: this.#unixSockets },
      server: { host: 'unix-socket', port: 0 },
    }
  }
}
