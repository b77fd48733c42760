/** The DNS server: a query comes by UDP or TCP, `respond` makes the response from the zones, and it goes back. */
import type { RemoteInfo, Socket as UdpSocket } from 'node:dgram'
import { createServer, type Socket } from 'node:net'
import path from 'node:path'
import { plainHost } from '../../shared/address.ts'
import { errorText } from '../../shared/errors.ts'
import { closeServer, endpoint, Guard, OpenSockets } from '../../shared/listener.ts'
import { isLoopback } from '../../shared/options.ts'
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import { dnsDatagramDissector, dnsStreamDissector } from '../../shared/trace/dissectors/dns.ts'
import type { Address, Direction } from '../../shared/trace/event.ts'
import { bindBoth } from './bind.ts'
import { Connection } from './connection.ts'
import type { DnsOptions } from './index.ts'
import { respond, respondFailure, type Transport } from './respond.ts'
import { ownAddresses } from './zone/own-addresses.ts'
import { ServedZones } from './zone/served-zones.ts'
import type { Zone } from './zone/zone.ts'
import { readZoneFiles, zoneFromText } from './zone/zone-files.ts'

/** How many TCP clients may be connected at once; one more is turned away by closing it. */
const MAX_CONNECTIONS = 256

export class DnsServer implements Service {
  readonly name = 'dns'
  readonly #options: DnsOptions
  readonly #context: Context
  readonly #sockets = new OpenSockets()
  readonly #connections = new Set<Connection>()
  readonly #tcp = createServer({ allowHalfOpen: true }, socket => this.#accept(socket))
  #udp: UdpSocket | undefined
  #served = new ServedZones([])
  #address: Address = { host: '', port: 0 }
  #unsubscribe: () => void = () => {}

  constructor(options: DnsOptions, context: Context) {
    this.#options = options
    this.#context = context
    this.#tcp.maxConnections = MAX_CONNECTIONS
  }

  async listen(): Promise<readonly Endpoint[]> {
    this.#served = new ServedZones(await this.#readZones())
    if (this.#options.publish) this.#follow()
    try {
      const { udp, address } = await bindBoth(this.#tcp, { service: this.name, ...this.#options })
      this.#udp = udp
      this.#address = { host: address.address, port: address.port }
      udp.on('message', (bytes, client) => this.#hear(bytes, client))
      udp.on('error', error => this.#context.log.warn({ error: errorText(error) }, 'dns: UDP failed'))
      return [endpoint(this.name, 'dns', 'udp', address), endpoint(this.name, 'dns', 'tcp', address)]
    } catch (error) {
      this.#unsubscribe()
      throw error
    }
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    const udp = this.#udp
    const udpClosed = udp && new Promise<void>(resolve => udp.close(resolve))
    const tcpClosed = closeServer(this.#tcp)
    for (const connection of this.#connections) connection.finish()
    await this.#sockets.drain(this.#context.drainTime)
    await Promise.all([udpClosed, tcpClosed])
  }

  async #readZones(): Promise<Zone[]> {
    const { zones } = this.#options
    if (zones) return zones.map(({ origin, text }) => zoneFromText(origin, text))
    return readZoneFiles(path.join(this.#context.dataFolder, 'zones'))
  }

  /** Publishes the services that are up, now and after every change. */
  #follow(): void {
    const { directory } = this.#context
    const publish = () => this.#served.publish(directory.endpoints(), ownAddresses)
    publish()
    this.#unsubscribe = directory.onChange(publish)
  }

  /** There is no connection that a defect could end, so it is only logged. */
  #hear(query: Buffer, client: RemoteInfo): void {
    try {
      this.#answerDatagram(query, client)
    } catch (error) {
      this.#context.log.error({ err: error, query: query.toString('hex') }, 'dns: a query failed')
    }
  }

  #answerDatagram(query: Buffer, client: RemoteInfo): void {
    this.#tellDatagram('request', query, client)
    const response = this.#respond(query, 'udp')
    if (!response) return
    this.#tellDatagram('response', response, client)
    // A sender that gives port 0 cannot be answered, and Node throws for it.
    if (client.port === 0) return
    this.#udp?.send(response, client.port, client.address, error => {
      if (error) this.#context.log.info({ error: errorText(error) }, 'dns: a response could not be sent')
    })
  }

  #accept(socket: Socket): void {
    const { log, trace } = this.#context
    this.#sockets.add(socket)
    const guard = new Guard(socket, log, this.name)
    guard.on('error', (error: Error) => log.info({ error: errorText(error) }, 'dns: connection failed'))
    guard.run(() => {
      trace.follow(socket, { protocol: 'dns', side: 'server', dissector: dnsStreamDissector })
      const connection = new Connection(socket, guard, query => this.#respond(query, 'tcp'))
      this.#connections.add(connection)
      socket.once('close', () => this.#connections.delete(connection))
    })
  }

  /** A query that makes the answering fail is answered with SERVFAIL and logged; the next one is served on. */
  #respond(query: Buffer, transport: Transport): Buffer | undefined {
    try {
      return respond(this.#served.zones, query, transport)
    } catch (error) {
      this.#context.log.error({ err: error, query: query.toString('hex') }, 'dns: a query failed')
      return respondFailure(query)
    }
  }

  #tellDatagram(direction: Direction, bytes: Buffer, client: RemoteInfo): void {
    const { trace } = this.#context
    if (!trace.active) return
    const from = { host: client.address, port: client.port }
    const server = { host: this.#addressSeenBy(client.address), port: this.#address.port }
    const dissector = dnsDatagramDissector
    trace.datagram({ protocol: 'dns', side: 'server', client: from, server, dissector }, direction, bytes)
  }

  /** A socket bound to all addresses does not tell which one was asked; a client on loopback asked its own. */
  #addressSeenBy(client: string): string {
    const { host } = this.#address
    return (host === '0.0.0.0' || host === '::') && isLoopback(plainHost(client)) ? client : host
  }
}
