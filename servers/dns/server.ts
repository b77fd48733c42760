/** The DNS server: connects the zones, the name server, its handlers and its transports. */
import { randomBytes } from 'node:crypto'
import os from 'node:os'
import { epochSeconds } from '../../shared/epoch-seconds.ts'
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import { Keys } from './access/keys.ts'
import { Cookies, SECRET_BYTES } from './edns/cookies.ts'
import { Forwarding } from './forward/forwarding.ts'
import { RateLimit } from './limits/rate-limit.ts'
import { NameServer, type NameServerOptions } from './name-server.ts'
import { Notifier } from './notify/notifier.ts'
import { readSecondaries } from './notify/options.ts'
import type { DnsOptions } from './options.ts'
import { type OpenZoneStore, openZoneStore } from './store/open-zone-store.ts'
import { type DnsApi, recordsApi } from './store/records-api.ts'
import type { ZoneStore } from './store/zone-store.ts'
import { TransferHandler } from './transfer/transfer-handler.ts'
import { Listeners } from './transport/listeners.ts'
import { UpdateHandler } from './update/update-handler.ts'

export class DnsServer implements Service<DnsApi> {
  readonly name = 'dns'
  readonly #options: DnsOptions
  readonly #context: Context
  #zones: OpenZoneStore | undefined
  #forwarding: Forwarding | undefined
  #notifier: Notifier | undefined
  #listeners: Listeners | undefined
  /** Ends queries over HTTPS. */
  #unregister: () => void = () => {}
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

  get api(): DnsApi | undefined {
    return this.#zones && { ...recordsApi(this.#zones.store), reload: () => this.reload() }
  }

  async reload(): Promise<void> {
    await this.#zones?.reload()
  }

  /** Undoes all run-time changes of the zones and clears the cache of forwarded answers. */
  async reset(): Promise<void> {
    this.#zones?.store.reset()
    this.#forwarding?.clearCache()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #listen(): Promise<readonly Endpoint[]> {
    this.#zones = await openZoneStore(this.#options, this.#context)
    const { store } = this.#zones
    const keys = new Keys(this.#options.keys)
    const secondaries = readSecondaries(this.#options.notify, keys)
    this.#notifier = new Notifier({ secondaries, store, context: this.#context, now: epochSeconds })
    const nameServer = new NameServer(this.#nameServerOptions(store, keys))
    this.#listeners = new Listeners(this.#options, nameServer, this.#context)
    const endpoints = await this.#listeners.listen()
    this.#forwarding?.rejectOwnEndpoints(endpoints)
    this.#unregister = this.#context.nameServer.register(nameServer)
    // Secondaries query the server when they are notified, so it must listen.
    this.#notifier.start()
    return endpoints
  }

  #nameServerOptions(store: ZoneStore, keys: Keys): NameServerOptions {
    const { log } = this.#context
    const { allowTransfer, allowUpdate, forwardFor } = this.#options
    const transfers = new TransferHandler({ store, allowed: keys.accessList(allowTransfer, 'allowTransfer'), log })
    const updates = new UpdateHandler({ store, allowed: keys.accessList(allowUpdate, 'allowUpdate'), log })
    const clients = keys.accessList(forwardFor, 'forwardFor')
    const forwarding = new Forwarding(this.#options, clients, store, this.#context)
    this.#forwarding = forwarding
    return {
      store,
      keys: keys.all,
      handlers: { QUERY: [transfers, ...forwarding.handlers], UPDATE: [updates] },
      ...(forwarding.clientClass && { clientClass: forwarding.clientClass }),
      ...protection(this.#options),
      identity: { nsid: this.#options.nsid ?? os.hostname(), version: this.#options.version },
      log,
    }
  }

  async #close(): Promise<void> {
    this.#unregister()
    // First, while clients that wait for upstreams can still get a response.
    await this.#forwarding?.close()
    await Promise.all([this.#listeners?.close(), this.#zones?.close(), this.#notifier?.close()])
  }
}

function protection(options: DnsOptions): Partial<NameServerOptions> {
  const { cookies, cookieSecrets, amplification, rateLimit, limitLoopback } = options
  const [first = randomBytes(SECRET_BYTES), ...others] = cookieSecrets.map(text => Buffer.from(text, 'hex'))
  return {
    ...(cookies && { cookies: new Cookies(first, ...others) }),
    amplification,
    ...(rateLimit > 0 && { rateLimit: new RateLimit({ perSecond: rateLimit }) }),
    limitLoopback,
  }
}
