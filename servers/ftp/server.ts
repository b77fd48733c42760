/** The FTP server: accepts control connections and starts a session for each. */
import { lookup } from 'node:dns/promises'
import { Lazy } from '../../shared/async/lazy.ts'
import { UsageError } from '../../shared/errors.ts'
import { removeStaleUploads } from '../../shared/files/upload/remove-stale-uploads.ts'
import { type ConnectionHandler, type StreamConnection, StreamServer } from '../../shared/net/stream-server.ts'
import { ftp } from '../../shared/protocols/ftp.ts'
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import { SignInLimiter } from '../../shared/store/sign-in-limiter.ts'
import { IdleWatch } from './data-connection/idle-watch.ts'
import { PassiveHost } from './data-connection/passive-host.ts'
import { PassiveListeners } from './data-connection/passive-listeners.ts'
import { SmallFiles } from './files/small-files.ts'
import type { FtpSrvAdapter } from './ftp-srv.ts'
import type { FtpOptions } from './options.ts'
import { ControlTrace } from './session/control-trace.ts'
import type { SessionDependencies } from './session/environment.ts'
import { Session } from './session/session.ts'
import { writeReply } from './session/write-reply.ts'
import { PartBudget } from './transfer/part-budget.ts'
import { RateLimits } from './transfer/throttle.ts'

/** The default passive ports. A server on any free port (0) uses any free passive ports instead. */
const DEFAULT_PASSIVE_PORTS = '40000-40099'

/** After this time without a write, a temporary file belongs to an upload that has ended, also if a process of another machine wrote it. */
const STALE_UPLOAD_MS = 3_600_000

const TOO_MANY = { code: 421, lines: ['Too many connections; try again later'] } as const

/** The account of `suite.ftp` for programs; undefined if the demonstration accounts do not exist. */
export interface FtpApi {
  readonly user: string | undefined
  readonly password: string | undefined
}

export class FtpServer implements Service<FtpApi> {
  readonly name = 'ftp'
  readonly #shared: SessionDependencies
  readonly #sessions = new Set<Session>()
  readonly #listener: StreamServer
  readonly #passiveListeners: PassiveListeners
  readonly #cleanup = new AbortController()
  #cleaned: Promise<void> | undefined
  #ftpSrv: Promise<FtpSrvAdapter> | undefined

  /** @throws UsageError if the range of passive ports is malformed, or an option needs TLS and the suite has none */
  constructor(options: FtpOptions, context: Context) {
    if (!context.tls) checkThatTlsIsOptional(options)
    this.#passiveListeners = new PassiveListeners(
      options.passivePorts ?? (options.port === 0 ? '0' : DEFAULT_PASSIVE_PORTS),
    )
    const rates = { session: options.maxRate, account: options.maxRatePerAccount }
    const rateLimits = new RateLimits(rates, () => performance.now())
    const signIns = new Lazy(async () => new SignInLimiter((await context.store.open()).accounts))
    const passiveHost = options.passiveHost === undefined ? undefined : createPassiveHost(options.passiveHost)
    this.#shared = {
      options,
      context,
      idleWatch: new IdleWatch(options.dataTimeout),
      passiveListeners: this.#passiveListeners,
      passiveHost,
      rateLimits,
      smallFiles: new SmallFiles(),
      partBudget: new PartBudget(),
      signIns: () => signIns.get(),
    }
    this.#listener = new StreamServer(context, {
      protocol: ftp,
      alpn: [],
      // The data connections of a session must share its TLS context.
      doesHandshakes: true,
      // Sessions emit what they read and write.
      followOptions: () => ({}),
      maxConnections: options.maxConnections,
      maxPerAddress: options.maxPerAddress ?? options.maxConnections,
      whenFull: {
        action: 'refuse',
        refuse: ({ socket, conversation }) => writeReply(socket, new ControlTrace(conversation), TOO_MANY),
      },
      handle: connection => this.#accept(connection),
    })
  }

  get api(): FtpApi {
    const [account] = this.#shared.context.store.demonstration
    return { user: account?.name, password: account?.password }
  }

  async listen(): Promise<readonly Endpoint[]> {
    const endpoints = await this.#listener.listen(this.#shared.options)
    this.#cleaned = this.#removeStaleUploads()
    return endpoints
  }

  async close(): Promise<void> {
    const sessions = [...this.#sessions]
    await this.#listener.close()
    await Promise.all(sessions.map(({ ended }) => ended))
    await this.#passiveListeners.close()
    this.#cleanup.abort()
    await this.#cleaned
  }

  #accept(connection: StreamConnection): ConnectionHandler {
    const session = new Session(connection, this.#shared)
    this.#sessions.add(session)
    void session.ended.finally(() => this.#sessions.delete(session))
    this.#ftpSrv ??= loadFtpSrv()
    this.#ftpSrv.then(
      ftpSrv => session.start(ftpSrv),
      (error: unknown) => connection.guard.end(error),
    )
    return {
      finish: () => session.close(421, 'The server is closing'),
      abort: () => void session.abort(),
    }
  }

  /** Runs in the background, because it takes long in a large tree. */
  async #removeStaleUploads(): Promise<void> {
    const { context, options } = this.#shared
    const before = Date.now() - Math.max(STALE_UPLOAD_MS, options.dataTimeout)
    try {
      const removed = await removeStaleUploads(context.files, before, this.#cleanup.signal)
      if (removed > 0) context.log.info({ removed }, 'ftp: removed stale uploads')
    } catch (error) {
      context.log.error({ err: error }, 'ftp: could not remove stale uploads')
    }
  }
}

/** @throws UsageError if an option needs TLS */
function checkThatTlsIsOptional({ tls, requireSessionReuse }: FtpOptions): void {
  const missing = 'the suite has no certificate. Start it with --tls, or tls: true in a program'
  if (tls === 'required') throw new UsageError(`ftp.tls: TLS cannot be required: ${missing}`)
  if (requireSessionReuse) throw new UsageError(`ftp.requireSessionReuse: it needs TLS, and ${missing}`)
}

function createPassiveHost(host: string): PassiveHost {
  const lookUp = async (name: string) => (await lookup(name, { family: 4 })).address
  return new PassiveHost({ host, lookup: lookUp, now: () => performance.now() })
}

/** Loads ftp-srv on the first connection, because that takes longer than to load the rest of this server. */
async function loadFtpSrv(): Promise<FtpSrvAdapter> {
  const { FtpSrvAdapter } = await import('./ftp-srv.ts')
  return new FtpSrvAdapter()
}
