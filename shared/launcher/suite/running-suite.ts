/** Starts the services of a suite in order, with one context, and closes them in reverse. */
import { servers } from '../../../servers/index.ts'
import { Directory } from '../../directory.ts'
import type { Endpoint } from '../../endpoint.ts'
import { errorText } from '../../errors.ts'
import { snapshotTree } from '../../files/tree-snapshot.ts'
import { type Log, silentLog } from '../../log.ts'
import { TrustedProxies } from '../../net/proxy-protocol/trusted-proxies.ts'
import type { Tls, TlsOptions } from '../../net/tls/tls.ts'
import type { Context, ServerDefinition, Service } from '../../service.ts'
import { Mail } from '../../store/mail/mail.ts'
import type { ScryptCost } from '../../store/password.ts'
import { Store } from '../../store/store.ts'
import { SuiteAccounts } from '../../store/suite-accounts.ts'
import type { Trace } from '../../trace/trace.ts'
import type { AvailableAccounts } from '../banner.ts'
import type { ResolvedSettings, ServiceName } from '../settings/options.ts'
import { checkReusePort } from '../settings/reuse-port.ts'
import { createContext, createTrace } from './context.ts'
import { type DataFolder, describeDataError, openDataFolder } from './data-folder.ts'
import { environmentVariables } from './environment.ts'
import { SuiteRegistration } from './registration.ts'
import { isOnLoopback, storeLocation } from './store-location.ts'
import type { RunningService, Suite, SuiteBase } from './suite.ts'

/** Options of a suite in addition to its settings. */
export interface RunningSuiteOptions {
  /** The log of the services; silent by default. */
  readonly log?: Log | undefined
  /** The trace of all conversations; a new one by default. */
  readonly trace?: Trace | undefined
  /** The cost of new password hashes; by default that of `Store`. */
  readonly passwordCost?: ScryptCost | undefined
  /** True copies the served files and the accounts at the start, for `reset`. */
  readonly resettable?: boolean
}

interface StartedService {
  readonly name: ServiceName
  readonly service: Service
  readonly endpoints: readonly Endpoint[]
  readonly usesAccounts: boolean
}

export class RunningSuite {
  readonly directory = new Directory()
  readonly trace: Trace
  /** The balancers that may send the PROXY protocol; undefined if there are none. */
  readonly proxies: TrustedProxies | undefined
  readonly #store: Store
  readonly #settings: ResolvedSettings
  readonly #resettable: boolean
  readonly #log: Log
  readonly #started: StartedService[] = []
  #dataFolder: DataFolder | undefined
  #tls: Tls | undefined
  #registration: SuiteRegistration | undefined
  /** The endpoints of other suites on the same data folder. */
  #otherEndpoints: readonly Endpoint[] = []
  #restoreFiles: (() => void) | undefined
  #resetting: Promise<void> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(settings: ResolvedSettings, { log, trace, passwordCost, resettable = false }: RunningSuiteOptions = {}) {
    this.#settings = settings
    this.proxies = settings.proxyFrom.length > 0 ? new TrustedProxies(settings.proxyFrom) : undefined
    this.#resettable = resettable
    this.#log = log ?? silentLog
    this.trace = trace ?? createTrace(log)
    this.#store = new Store(storeLocation(settings), {
      demonstration: isOnLoopback(settings),
      log: this.#log,
      trace: this.trace,
      passwordCost,
      resettable,
    })
  }

  /** Starts the services in order. If one fails, closes those already started and throws its error. */
  async start(): Promise<void> {
    checkReusePort(this.#settings, process)
    try {
      this.#dataFolder = await openDataFolder(this.#settings.data)
      const opening = this.#opensStoreAtStart ? this.#store.open() : undefined
      // If a service fails first, its error is the one to throw.
      opening?.catch(() => undefined)
      const context = await this.#createContext()
      if (this.#resettable) this.#restoreFiles = snapshotTree(context.files)
      for (const name of this.#settings.services) await this.#startService(name, context)
      await opening
      if (this.#settings.data !== undefined) await this.#register()
    } catch (error) {
      await this.close().catch((second: unknown) =>
        this.#log.error({ err: second }, 'cannot close after a failed start'),
      )
      throw this.#dataFolder ? describeDataError(error, this.#dataFolder) : error
    }
  }

  /** True for a database that can fail to open; memory is opened when it is used. */
  get #opensStoreAtStart(): boolean {
    const usesStore = this.#settings.services.some(name => definitionOf(name).uses?.length)
    return usesStore && this.#store.location.kind !== 'memory'
  }

  async #startService(name: ServiceName, context: Context): Promise<void> {
    const definition = definitionOf(name)
    const service = definition.create(this.#settings.options[name], context)
    const endpoints = await service.listen()
    this.#started.push({ name, service, endpoints, usesAccounts: definition.uses?.includes('accounts') === true })
    this.#publish()
  }

  /** The file with the certificate that clients must trust; undefined without TLS, or if the certificate is the user's own. */
  get caFile(): string | undefined {
    return this.#tls?.caFile
  }

  /** The accounts that can sign in to the services, for the banner; undefined if no service uses accounts. */
  async accounts(): Promise<AvailableAccounts | undefined> {
    if (!this.#started.some(({ usesAccounts }) => usesAccounts)) return undefined
    const { untracedAccounts } = await this.#store.open()
    return { demonstration: this.#store.demonstration, count: (await untracedAccounts.list()).length }
  }

  /** All bound addresses, in the order of starting. */
  get endpoints(): readonly Endpoint[] {
    return this.#started.flatMap(started => started.endpoints)
  }

  /** The data folder's path; empty before it is open. */
  get #dataPath(): string {
    return this.#dataFolder?.path ?? ''
  }

  #publish(): void {
    this.directory.publish([...this.endpoints, ...this.#otherEndpoints])
  }

  async #register(): Promise<void> {
    const onOtherSuites = (endpoints: readonly Endpoint[]) => {
      this.#otherEndpoints = endpoints
      this.#publish()
    }
    this.#registration = new SuiteRegistration({
      dataFolder: this.#dataPath,
      trace: this.trace,
      log: this.#log,
      onOtherSuites,
    })
    await this.#registration.register(this.endpoints)
  }

  /** Makes services read their files again; failures are logged, and the service keeps its previous state. */
  async reload(): Promise<void> {
    const failed = (error: unknown) => this.#log.error({ error: errorText(error) }, 'reload failed')
    await Promise.all(this.#started.map(({ service }) => service.reload?.().catch(failed)))
  }

  /** Restores files, mail, accounts and the state of the services. Concurrent calls run one after another. */
  reset(): Promise<void> {
    const reset = async () => {
      this.#restoreFiles?.()
      await Promise.all([this.#store.reset(), ...this.#started.map(({ service }) => service.reset?.())])
    }
    const resetting = this.#resetting.then(reset)
    this.#resetting = resetting.catch(() => undefined)
    return resetting
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const failures: unknown[] = []
    const collect = (error: unknown) => failures.push(error)
    await this.#registration?.close().catch(collect)
    // Started in reverse order and awaited together, so that the drain time bounds the whole suite.
    await Promise.all(this.#started.toReversed().map(({ service }) => service.close().catch(collect)))
    this.directory.publish([])
    await this.#store.close().catch(collect)
    await this.#dataFolder?.release().catch(collect)
    if (failures.length > 0) throw new AggregateError(failures, 'some services did not close cleanly')
  }

  /** Returns the suite as a program sees it. */
  view(): Suite {
    const base: SuiteBase = {
      endpoints: this.endpoints,
      trace: this.trace,
      mail: new Mail(this.#store),
      accounts: new SuiteAccounts(this.#store),
      dataFolder: this.#dataPath,
      directory: this.directory,
      tls: this.#tls,
      env: () => environmentVariables(this.#started, { account: this.#store.demonstration[0], caFile: this.caFile }),
      reset: () => this.reset(),
      close: () => this.close(),
      [Symbol.asyncDispose]: () => this.close(),
    }
    const services = this.#started.map(({ name, service, endpoints }) => [
      name,
      { ...toRunningService(endpoints), ...service.api },
    ])
    return { ...base, ...Object.fromEntries(services) }
  }

  async #createContext(): Promise<Context> {
    const { trace, directory } = this
    const store = this.#store
    const { drainTime, tls, reusePort } = this.#settings
    const dataFolder = this.#dataPath
    if (tls) this.#tls = await loadTls({ dataFolder, ...tls })
    return createContext({
      dataFolder,
      log: this.#log,
      trace,
      directory,
      store,
      drainTime,
      tls: this.#tls,
      proxies: this.proxies,
      reusePort,
    })
  }
}

function definitionOf(name: ServiceName): ServerDefinition {
  return servers[name]
}

function toRunningService(endpoints: readonly Endpoint[]): RunningService {
  const [first] = endpoints
  if (!first) throw new Error('a listening service has no endpoint')
  const tlsPort = endpoints.find(({ transport }) => transport === 'tls')?.port
  return { host: first.host, port: first.port, tlsPort, url: first.url, endpoints }
}

/** Loads the TLS code, which needs a large library, on use. */
async function loadTls(options: TlsOptions): Promise<Tls> {
  const { openTls } = await import('../../net/tls/tls.ts')
  return openTls(options)
}
