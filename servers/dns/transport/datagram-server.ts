/** Responds to queries on a UDP socket: one datagram for the query, one for the response. */
import type { RemoteInfo, Socket } from 'node:dgram'
import { errorText } from '../../../shared/errors.ts'
import { isLoopback, plainHost } from '../../../shared/net/address.ts'
import type { Context } from '../../../shared/service.ts'
import type { EventOrigin } from '../../../shared/trace/create-event.ts'
import { DatagramOrigins } from '../../../shared/trace/datagram-origins.ts'
import { dissectDns, dissectValidDns } from '../../../shared/trace/dissectors/dns.ts'
import { MAX_LOGGED_BYTES, type NameServer } from '../name-server.ts'
import type { Client } from '../query/query.ts'

/** Concurrent replies that take time. Further queries are dropped; clients repeat them. */
const MAX_PENDING = 1000
/**
 * Node reports the error of a sent datagram to a callback, which takes as long as finding a cached response. Causes such as a
 * firewall or a missing route affect many datagrams, so one callback for this many is enough.
 */
const CALLBACK_INTERVAL = 32

export class DatagramServer {
  readonly #socket: Socket
  readonly #nameServer: NameServer
  readonly #context: Context
  readonly #origins: DatagramOrigins
  #sentCount = 0
  readonly #onSent = (error: Error | null) => {
    if (error) this.#context.log.info({ error: errorText(error) }, 'dns: cannot send a response')
  }
  #pending = 0
  #closed = false

  /** @param socket a bound socket; the caller closes it */
  constructor(socket: Socket, nameServer: NameServer, context: Context) {
    this.#socket = socket
    this.#nameServer = nameServer
    this.#context = context
    const bound = socket.address()
    this.#origins = new DatagramOrigins('dns', ({ host }) => ({
      host: addressFor(host, bound.address),
      port: bound.port,
    }))
    socket.on('message', (bytes, from) => this.#receive(bytes, from))
    socket.once('close', () => {
      this.#closed = true
    })
    socket.on('error', error => context.log.warn({ error: errorText(error) }, 'dns: UDP socket failed'))
  }

  /** Logs defects: over UDP there is no connection to close. */
  #receive(query: Buffer, from: RemoteInfo): void {
    try {
      this.#reply(query, { transport: 'udp', address: plainHost(from.address), port: from.port })
    } catch (error) {
      this.#context.log.error({ err: error, query: query.toString('hex', 0, MAX_LOGGED_BYTES) }, 'dns: query failed')
    }
  }

  #reply(query: Buffer, client: Client): void {
    const { trace } = this.#context
    if (trace.active) trace.emitFor(this.#originOf(client), dissectDns('request', query))
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
      this.#context.log.error({ err: error }, 'dns: response failed')
    } finally {
      this.#pending--
    }
  }

  #send(response: Buffer, client: Client): void {
    const { trace } = this.#context
    if (trace.active) trace.emitFor(this.#originOf(client), dissectValidDns('response', response))
    // Node throws if the socket is closed, and for port 0, which a forged query can have.
    if (this.#closed || client.port === 0) return
    const hasCallback = this.#sentCount++ % CALLBACK_INTERVAL === 0
    this.#socket.send(response, client.port, client.address, hasCallback ? this.#onSent : undefined)
  }

  #originOf({ address, port }: Client): EventOrigin {
    return this.#origins.originFor(address, port)
  }
}

/** A socket bound to all addresses does not know which one the client used; a client on loopback used its own. */
function addressFor(client: string, bound: string): string {
  return (bound === '0.0.0.0' || bound === '::') && isLoopback(client) ? client : bound
}
