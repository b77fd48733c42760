/** The DNS server put together: zones, the name server that answers from them, and what queries come by. */
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import { Forwarding } from './forward/forwarding.ts'
import type { DnsOptions } from './index.ts'
import { NameServer } from './name-server.ts'
import type { DnsApi } from './records-api.ts'
import { Replication } from './replication.ts'
import { Listeners } from './transport/listeners.ts'
import { wireParts } from './wire-parts.ts'
import { ZoneKeeper } from './zone-keeper.ts'

export class DnsServer implements Service<DnsApi> {
  readonly name = 'dns'
  readonly #options: DnsOptions
  readonly #context: Context
  #listeners: Listeners | undefined
  #replication: Replication | undefined
  #forwarding: Forwarding | undefined
  /** Takes the name server back from who asks it for others. */
  #leaveSlot: () => void = () => {}
  #zones: ZoneKeeper | undefined
  #closing: Promise<void> | undefined

  constructor(options: DnsOptions, context: Context) {
    this.#options = options
    this.#context = context
  }

  async listen(): Promise<readonly Endpoint[]> {
    this.#zones = await ZoneKeeper.open(this.#options, this.#context)
    const { served } = this.#zones
    try {
      const replication = new Replication(this.#options, served, this.#context)
      this.#replication = replication
      const forwarding = new Forwarding(this.#options, served, this.#context)
      this.#forwarding = forwarding
      const parts = { ...wireParts(this.#options), ...replication.parts }
      const { handlers: others } = parts
      const handlers = { ...others, QUERY: [...(others.QUERY ?? []), ...forwarding.handlers] }
      const nameServer = new NameServer({ ...parts, handlers, served, log: this.#context.log })
      const listeners = new Listeners(this.#options, nameServer, this.#context)
      this.#listeners = listeners
      const endpoints = await listeners.listen()
      this.#leaveSlot = this.#context.nameServer.fill(nameServer)
      replication.start()
      forwarding.refuseOneself(endpoints)
      return endpoints
    } catch (error) {
      await this.close()
      throw error
    }
  }

  get api(): DnsApi | undefined {
    return this.#zones?.api
  }

  async reload(): Promise<void> {
    await this.#zones?.reload()
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
