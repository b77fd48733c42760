/** Queries by UDP: a datagram comes, the name server replies, and the response goes back as one datagram. */
import type { RemoteInfo, Socket } from 'node:dgram'
import { errorText } from '../../../shared/errors.ts'
import { isLoopback, plainHost } from '../../../shared/net/address.ts'
import type { Context } from '../../../shared/service.ts'
import type { Direction } from '../../../shared/trace/dissector.ts'
import { dnsDatagramDissector } from '../../../shared/trace/dissectors/dns.ts'
import { LOGGED_BYTES, type NameServer } from '../name-server.ts'
import type { Client } from '../query.ts'

/** Replies that take time, under way at once. A query beyond that is dropped, and its client asks again. */
const MAX_PENDING = 1000
/**
 * Node tells what became of a datagram to a callback only, which takes as long as finding a ready answer does. What keeps
 * responses from being sent (a firewall, a route that is gone) does so for more than one, so one in so many is watched.
 */
const WATCHED_EVERY = 32

export class Datagrams {
  readonly #socket: Socket
  readonly #nameServer: NameServer
  readonly #context: Context
  readonly #bound: { readonly address: string; readonly port: number }
  #sentCount = 0
  readonly #sent = (error: Error | null) => {
    if (error) this.#context.log.info({ error: errorText(error) }, 'dns: a response could not be sent')
  }
  #pending = 0
  #closed = false

  /** @param socket bound already; whoever made it closes it */
  constructor(socket: Socket, nameServer: NameServer, context: Context) {
    this.#socket = socket
    this.#nameServer = nameServer
    this.#context = context
    this.#bound = socket.address()
    socket.on('message', (bytes, from) => this.#hear(bytes, from))
    socket.once('close', () => {
      this.#closed = true
    })
    socket.on('error', error => context.log.warn({ error: errorText(error) }, 'dns: UDP failed'))
  }

  /** There is no connection that a defect could end, so it is only logged. */
  #hear(query: Buffer, from: RemoteInfo): void {
    try {
      this.#answer(query, { transport: 'udp', address: plainHost(from.address), port: from.port })
    } catch (error) {
      this.#context.log.error({ err: error, query: query.toString('hex', 0, LOGGED_BYTES) }, 'dns: a query failed')
    }
  }

  #answer(query: Buffer, client: Client): void {
    this.#tell('request', query, client)
    const reply = this.#nameServer.handle(query, client)
    if (Buffer.isBuffer(reply)) this.#send(reply, client)
    else if (reply) void this.#sendLater(reply, client)
  }

  async #sendLater(reply: AsyncIterable<Buffer>, client: Client): Promise<void> {
    if (this.#pending >= MAX_PENDING) return
    this.#pending++
    try {
      for await (const response of reply) this.#send(response, client)
    } catch (error) {
      this.#context.log.error({ err: error }, 'dns: a reply failed')
    } finally {
      this.#pending--
    }
  }

  #send(response: Buffer, client: Client): void {
    this.#tell('response', response, client)
    // A reply may come when nobody listens any more. A sender that gives port 0 cannot be answered; Node throws for both.
    if (this.#closed || client.port === 0) return
    const watched = this.#sentCount++ % WATCHED_EVERY === 0
    this.#socket.send(response, client.port, client.address, watched ? this.#sent : undefined)
  }

  #tell(direction: Direction, bytes: Buffer, client: Client): void {
    const { trace } = this.#context
    if (!trace.active) return
    const from = { host: client.address, port: client.port }
    const server = { host: this.#addressSeenBy(client.address), port: this.#bound.port }
    const dissector = dnsDatagramDissector
    trace.emitDatagram({ protocol: 'dns', side: 'server', client: from, server, dissector }, direction, bytes)
  }

  /** A socket bound to all addresses does not tell which one was asked; a client on loopback asked its own. */
  #addressSeenBy(client: string): string {
    const { address } = this.#bound
    return (address === '0.0.0.0' || address === '::') && isLoopback(client) ? client : address
  }
}
