/** The DNS server put together: zones, the name server that answers from them, and what queries come by. */
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import { Forwarding } from './forward/forwarding.ts'
import { NameServer } from './name-server.ts'
import type { DnsOptions } from './options.ts'
import { Replication } from './replication.ts'
import { type OpenZoneStore, openZoneStore } from './store/open-zone-store.ts'
import { type DnsApi, recordsApi } from './store/records-api.ts'
import { Listeners } from './transport/listeners.ts'
import { readTrust } from './trust/trust.ts'
import { wireParts } from './wire-parts.ts'

export class DnsServer implements Service<DnsApi> {
  readonly name = 'dns'
  readonly #options: DnsOptions
  readonly #context: Context
  #listeners: Listeners | undefined
  #replication: Replication | undefined
  #forwarding: Forwarding | undefined
  /** Takes the name server back from who asks it for others. */
  #leaveSlot: () => void = () => {}
  #zones: OpenZoneStore | undefined
  #closing: Promise<void> | undefined

  constructor(options: DnsOptions, context: Context) {
    this.#options = options
    this.#context = context
  }

  async listen(): Promise<readonly Endpoint[]> {
    try {
      return await this.#listen()
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async #listen(): Promise<readonly Endpoint[]> {
    const zones = await openZoneStore(this.#options, this.#context)
    this.#zones = zones
    const { store: served } = zones
    const trust = readTrust(this.#options)
    const replication = new Replication(trust, served, this.#context)
    this.#replication = replication
    const forwarding = new Forwarding(this.#options, trust.recursion, served, this.#context)
    this.#forwarding = forwarding
    const nameServer = new NameServer({
      ...wireParts(this.#options),
      served,
      signatures: replication.signatures,
      handlers: { QUERY: [replication.transfers, ...forwarding.handlers], UPDATE: [replication.updates] },
      log: this.#context.log,
    })
    const listeners = new Listeners(this.#options, nameServer, this.#context)
    this.#listeners = listeners
    const endpoints = await listeners.listen()
    forwarding.rejectOwnEndpoints(endpoints)
    this.#leaveSlot = this.#context.nameServer.register(nameServer)
    replication.start()
    return endpoints
  }

  get api(): DnsApi | undefined {
    return this.#zones && { ...recordsApi(this.#zones.store), reload: () => this.reload() }
  }

  async reload(): Promise<void> {
    await this.#zones?.reload()
  }

  /** Undoes all run-time changes of the zones and forgets the answers of upstreams. */
  async reset(): Promise<void> {
    this.#zones?.store.reset()
    this.#forwarding?.clearCache()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#leaveSlot()
    // First, while those who wait for upstreams can still be answered.
    await this.#forwarding?.close()
    await Promise.all([this.#listeners?.close(), this.#zones?.close(), this.#replication?.close()])
  }
}
