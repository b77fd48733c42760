/** A suite: several services with one context, started in order and stopped in reverse. */
import { servers } from '../../../servers/index.ts'
import { Directory } from '../../directory.ts'
import { errorText } from '../../errors.ts'
import { type Log, silentLog } from '../../log.ts'
import type { Tls, TlsOptions } from '../../net/tls/tls.ts'
import type { Context, Endpoint, ServerDefinition, Service } from '../../service.ts'
import { type Mailbox, MemoryMailbox } from '../../store/mailbox.ts'
import type { Trace } from '../../trace/trace.ts'
import { type ResolvedSuite, resolveSuite, type ServiceName, type SuiteSettings } from '../settings/options.ts'
import { createContext, createTrace } from './context.ts'
import { type DataFolder, describeDataError, openDataFolder } from './data-folder.ts'
import { SuiteRegistration } from './registration.ts'

/** Options of `startSuite`. Every service may have its own, under its name. */
export interface SuiteOptions<Name extends ServiceName = ServiceName> extends Omit<SuiteSettings, 'services'> {
  /** Which services to start, in which order; all when not given. */
  readonly services?: readonly Name[]
  /** Where services write their log; silent when not given. */
  readonly log?: Log
  /** The trace to tell conversations to; one of its own when not given. */
  readonly trace?: Trace
}

/** One service of a running suite. */
export interface RunningService {
  readonly host: string
  /** The port really bound; services with several endpoints give their first. */
  readonly port: number
  readonly url: string
  readonly endpoints: readonly Endpoint[]
}

interface SuiteBase {
  /** Every address that is bound, in the order of starting. */
  readonly endpoints: readonly Endpoint[]
  /** Listen to every conversation: `suite.trace.on(event => ...)`. */
  readonly trace: Trace
  /** What SMTP accepted. */
  readonly mail: Mailbox
  readonly dataFolder: string
  readonly directory: Directory
  /** The certificate that services show, and in `ca` what clients have to trust; undefined without `tls: true`. */
  readonly tls: Tls | undefined
  /** Stops every service in reverse order, drained within a bound; removes a temporary data folder. Idempotent. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** What a program can do with a service beside reaching it: `suite.dns.set(...)`. */
type ApiOf<Name extends ServiceName> =
  ReturnType<(typeof servers)[Name]['create']> extends Service<infer Api> ? Api : object

/** A running suite: `suite.dns.port`, `suite.http.url` for each service that was started, and what some can do beside. */
export type Suite<Name extends ServiceName = ServiceName> = SuiteBase & {
  readonly [Key in Name]: RunningService & ApiOf<Key>
}

/**
 * Starts a suite in this process, on free ports and with a temporary data folder unless told otherwise.
 *
 * @throws UsageError for options that make no sense
 * @throws BindError when a port cannot be had; whatever was up by then is closed again
 */
export async function startSuite<const Name extends ServiceName = ServiceName>(
  options: SuiteOptions<Name> = {},
): Promise<Suite<Name>> {
  const { log, trace, ...settings } = options
  const running = new RunningSuite(resolveSuite(settings, 0), log, trace)
  await running.start()
  return running.view() as Suite<Name>
}

/** The life of one suite. */
export class RunningSuite {
  readonly directory = new Directory()
  readonly trace: Trace
  readonly mail = new MemoryMailbox()
  readonly #resolved: ResolvedSuite
  readonly #log: Log
  readonly #started: { name: ServiceName; service: Service; endpoints: readonly Endpoint[] }[] = []
  #dataFolder: DataFolder | undefined
  #tls: Tls | undefined
  #registration: SuiteRegistration | undefined
  /** What other suites on the same data folder have. */
  #otherEndpoints: readonly Endpoint[] = []
  #closing: Promise<void> | undefined

  constructor(resolved: ResolvedSuite, log?: Log, trace?: Trace) {
    this.#resolved = resolved
    this.#log = log ?? silentLog
    this.trace = trace ?? createTrace(log)
  }

  /** Starts the services in order. When one fails, those already up are closed, and its error is thrown. */
  async start(): Promise<void> {
    try {
      const context = await this.#createContext()
      for (const name of this.#resolved.services) await this.#startService(name, context)
      if (this.#resolved.data !== undefined) await this.#register()
    } catch (error) {
      await this.close().catch((second: unknown) =>
        this.#log.error({ err: second }, 'cannot close after a failed start'),
      )
      throw this.#dataFolder ? describeDataError(error, this.#dataFolder) : error
    }
  }

  async #startService(name: ServiceName, context: Context): Promise<void> {
    const definition: ServerDefinition = servers[name]
    const service = definition.create(this.#resolved.options[name] as never, context)
    const endpoints = await service.listen()
    this.#started.push({ name, service, endpoints })
    this.#publish()
  }

  /** The file that clients have to trust, where services are offered over TLS with a certificate of the data folder's. */
  get caFile(): string | undefined {
    return this.#tls?.caFile
  }

  /** Every address that this suite has bound, in the order of starting. */
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
    const onOthers = (endpoints: readonly Endpoint[]) => {
      this.#otherEndpoints = endpoints
      this.#publish()
    }
    this.#registration = new SuiteRegistration({
      dataFolder: this.#dataPath,
      trace: this.trace,
      log: this.#log,
      onOtherSuites: onOthers,
    })
    await this.#registration.register(this.endpoints)
  }

  /** Services that have files read them again; what is wrong with any is logged, and the rest goes on. */
  async reload(): Promise<void> {
    const failed = (error: unknown) => this.#log.error({ error: errorText(error) }, 'not read again')
    await Promise.all(this.#started.map(({ service }) => service.reload?.().catch(failed)))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const failures: unknown[] = []
    const collect = (error: unknown) => failures.push(error)
    await this.#registration?.close().catch(collect)
    // Begun in reverse order, and awaited together: the drain time is a bound for the whole suite.
    await Promise.all(this.#started.toReversed().map(({ service }) => service.close().catch(collect)))
    this.directory.publish([])
    await this.#dataFolder?.release().catch(collect)
    if (failures.length > 0) throw new AggregateError(failures, 'some services did not close cleanly')
  }

  /** What a program sees of it. */
  view(): Suite {
    const base: SuiteBase = {
      endpoints: this.endpoints,
      trace: this.trace,
      mail: this.mail,
      dataFolder: this.#dataPath,
      directory: this.directory,
      tls: this.#tls,
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
    this.#dataFolder = await openDataFolder(this.#resolved.data)
    const { trace, directory, mail } = this
    const { drainTime, tls } = this.#resolved
    const dataFolder = this.#dataPath
    if (tls) this.#tls = await loadTls({ dataFolder, ...tls })
    return createContext({ dataFolder, log: this.#log, trace, directory, mail, drainTime, tls: this.#tls })
  }
}

function toRunningService(endpoints: readonly Endpoint[]): RunningService {
  const [first] = endpoints
  if (!first) throw new Error('a service that listens has an endpoint')
  return { host: first.host, port: first.port, url: first.url, endpoints }
}

/** Loaded only where TLS is on. */
async function loadTls(options: TlsOptions): Promise<Tls> {
  const { openTls } = await import('../../net/tls/tls.ts')
  return openTls(options)
}
