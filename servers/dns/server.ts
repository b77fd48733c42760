/** The DNS server put together: zones, the name server that answers from them, and what queries come by. */
import { createServer } from 'node:net'
import path from 'node:path'
import { closeServer, endpoint } from '../../shared/listener.ts'
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import { TlsListener } from '../../shared/tls/listener.ts'
import type { DnsOptions } from './index.ts'
import { NameServer } from './name-server.ts'
import { Replication } from './replication.ts'
import { bindBoth } from './transport/bind.ts'
import { Connections } from './transport/connections.ts'
import { Datagrams } from './transport/datagrams.ts'
import { wireParts } from './wire-options.ts'
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
  readonly #tcp = createServer({ allowHalfOpen: true }, socket => this.#connections?.accept(socket, 'tcp'))
  #datagrams: Datagrams | undefined
  #connections: Connections | undefined
  #replication: Replication | undefined
  /** DNS over TLS (RFC 7858), where it is offered. */
  #tls: TlsListener | undefined
  /** Takes the name server back from who asks it for others. */
  #leaveSlot: () => void = () => {}
  #unsubscribe: () => void = () => {}
  #closing: Promise<void> | undefined

  constructor(options: DnsOptions, context: Context) {
    this.#options = options
    this.#context = context
    this.#tcp.maxConnections = MAX_CONNECTIONS
  }

  async listen(): Promise<readonly Endpoint[]> {
    const served = new ServedZones(await this.#readZones())
    if (this.#options.publish) this.#follow(served)
    const replication = new Replication(this.#options, served, this.#context)
    this.#replication = replication
    const parts = { ...wireParts(this.#options), ...replication.parts }
    const nameServer = new NameServer({ ...parts, served, log: this.#context.log })
    this.#connections = new Connections(nameServer, this.#context)
    try {
      const { udp, address } = await bindBoth(this.#tcp, { service: this.name, ...this.#options })
      this.#datagrams = new Datagrams(udp, nameServer, this.#context)
      const secure = await this.#listenTls()
      this.#leaveSlot = this.#context.nameServer.fill(nameServer)
      replication.start()
      return [endpoint(this.name, 'dns', 'udp', address), endpoint(this.name, 'dns', 'tcp', address), ...secure]
    } catch (error) {
      await this.close()
      throw error
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#unsubscribe()
    this.#leaveSlot()
    const tcpClosed = closeServer(this.#tcp)
    const drained = this.#connections?.close(this.#context.drainTime)
    await Promise.all([
      this.#datagrams?.close(),
      drained,
      this.#tls?.close(drained),
      tcpClosed,
      this.#replication?.close(),
    ])
  }

  async #listenTls(): Promise<Endpoint[]> {
    const { tls, log } = this.#context
    if (!tls) return []
    const { host, tlsPort: port } = this.#options
    const about = { service: this.name, tls, protocols: ['dot'], maxConnections: MAX_CONNECTIONS, log }
    this.#tls = new TlsListener(about, socket => this.#connections?.accept(socket, 'tls'))
    const address = await this.#tls.listen({ service: this.name, host, port, option: 'tls-port' })
    return [endpoint(this.name, 'dns', 'tls', address)]
  }

  async #readZones(): Promise<Zone[]> {
    const { zones } = this.#options
    if (zones) return zones.map(({ origin, text }) => zoneFromText(origin, text))
    return readZoneFiles(path.join(this.#context.dataFolder, 'zones'))
  }

  /** Publishes the services that are up, now and after every change. */
  #follow(served: ServedZones): void {
    const { directory } = this.#context
    const publish = () => served.publish(directory.endpoints(), ownAddresses)
    publish()
    this.#unsubscribe = directory.onChange(publish)
  }
}
