/** Queries over UDP: one datagram for the query, one for the response. */
import type { RemoteInfo, Socket } from 'node:dgram'
import { errorText } from '../../../shared/errors.ts'
import { isLoopback, plainHost } from '../../../shared/net/address.ts'
import type { Context } from '../../../shared/service.ts'
import type { Direction } from '../../../shared/trace/dissector.ts'
import { dnsDatagramDissector } from '../../../shared/trace/dissectors/dns.ts'
import { MAX_LOGGED_BYTES, type NameServer } from '../name-server.ts'
import type { Client } from '../query/query.ts'

/** Concurrent replies that take time. Further queries are dropped; clients repeat them. */
const MAX_PENDING = 1000
/**
 * Node reports errors of a datagram to a callback, which takes as long as finding a cached response. Causes such as a firewall or
 * a missing route affect many datagrams, so only one in so many gets a callback.
 */
const CALLBACK_INTERVAL = 32

export class Datagrams {
  readonly #socket: Socket
  readonly #nameServer: NameServer
  readonly #context: Context
  readonly #bound: { readonly address: string; readonly port: number }
  #sentCount = 0
  readonly #onSent = (error: Error | null) => {
    if (error) this.#context.log.info({ error: errorText(error) }, 'dns: response not sent')
  }
  #pending = 0
  #closed = false

  /** @param socket a bound socket; the caller closes it */
  constructor(socket: Socket, nameServer: NameServer, context: Context) {
    this.#socket = socket
    this.#nameServer = nameServer
    this.#context = context
    this.#bound = socket.address()
    socket.on('message', (bytes, from) => this.#receive(bytes, from))
    socket.once('close', () => {
      this.#closed = true
    })
    socket.on('error', error => context.log.warn({ error: errorText(error) }, 'dns: UDP failed'))
  }

  /** There is no connection to end after a defect, so it is only logged. */
  #receive(query: Buffer, from: RemoteInfo): void {
    try {
      this.#reply(query, { transport: 'udp', address: plainHost(from.address), port: from.port })
    } catch (error) {
      this.#context.log.error({ err: error, query: query.toString('hex', 0, MAX_LOGGED_BYTES) }, 'dns: a query failed')
    }
  }

  #reply(query: Buffer, client: Client): void {
    this.#emit('request', query, client)
    const reply = this.#nameServer.handle(query, client)
    if (Buffer.isBuffer(reply)) this.#send(reply, client)
    else if (reply) void this.#sendAll(reply, client)
  }

  async #sendAll(reply: AsyncIterable<Buffer>, client: Client): Promise<void> {
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
    this.#emit('response', response, client)
    // The socket can be closed before the reply is ready, and a client can send from port 0; Node throws for both.
    if (this.#closed || client.port === 0) return
    const hasCallback = this.#sentCount++ % CALLBACK_INTERVAL === 0
    this.#socket.send(response, client.port, client.address, hasCallback ? this.#onSent : undefined)
  }

  #emit(direction: Direction, bytes: Buffer, client: Client): void {
    const { trace } = this.#context
    if (!trace.active) return
    const from = { host: client.address, port: client.port }
    const server = { host: this.#addressSeenBy(client.address), port: this.#bound.port }
    const dissector = dnsDatagramDissector
    trace.emitDatagram({ protocol: 'dns', side: 'server', client: from, server, dissector }, direction, bytes)
  }

  /** A socket bound to all addresses does not know its address for a client; a client on loopback uses its own. */
  #addressSeenBy(client: string): string {
    const { address } = this.#bound
    return (address === '0.0.0.0' || address === '::') && isLoopback(client) ? client : address
  }
}
