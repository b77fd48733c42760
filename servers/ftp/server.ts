/** The FTP server: binds, makes a session of every connection, and ends them in good order. */
import { UsageError } from '../../shared/errors.ts'
import { isLoopback } from '../../shared/net/address.ts'
import { ConnectionGuard } from '../../shared/net/connection-guard.ts'
import { closeServer, createEndpoint, listenTcp } from '../../shared/net/listen.ts'
import type { Context, Endpoint, Service } from '../../shared/service.ts'
import { DEMONSTRATION } from './accounts.ts'
import { createLibraryServer, type LibraryConnection } from './library.ts'
import type { FtpOptions } from './options.ts'
import { PassivePorts } from './passive-ports.ts'
import { Session, type Shared } from './session.ts'

/** The passive ports of a server that has a port of its own; one on any free port uses any free ones. */
const DEFAULT_PASSIVE_PORTS = '40000-40099'

/** An unfinished file that nobody has written to for so long belongs to an upload whose process died. */
const ABANDONED_MS = 3_600_000

export class FtpServer implements Service {
  readonly name = 'ftp'
  readonly #shared: Shared
  readonly #sessions = new Set<Session>()
  readonly #server
  readonly #sweeping = new AbortController()
  #swept: Promise<void> | undefined
  #closing = false

  /** @throws UsageError where others could log in with the demonstration account, or the passive ports are no range */
  constructor(options: FtpOptions, context: Context) {
    refuseOpenDemonstration(options)
    const passivePorts = new PassivePorts(options.passivePorts ?? (options.port === 0 ? '0' : DEFAULT_PASSIVE_PORTS))
    this.#shared = { options, context, passivePorts }
    this.#server = createLibraryServer(connection => this.#accept(connection))
  }

  async listen(): Promise<readonly Endpoint[]> {
    const { host, port } = this.#shared.options
    const address = await listenTcp(this.#server, { service: this.name, host, port })
    this.#swept = this.#sweep()
    return [createEndpoint(this.name, 'ftp', 'tcp', address)]
  }

  async close(): Promise<void> {
    this.#closing = true
    const closed = closeServer(this.#server)
    const sessions = [...this.#sessions]
    for (const session of sessions) session.leave(421, 'The server is closing')
    const timer = setTimeout(() => {
      for (const session of sessions) void session.abort()
    }, this.#shared.context.drainTime)
    await Promise.all(sessions.map(session => session.ended))
    clearTimeout(timer)
    this.#sweeping.abort()
    await Promise.all([closed, this.#swept])
  }

  /** Nobody waits for it: a large tree takes its time. */
  async #sweep(): Promise<void> {
    const { context, options } = this.#shared
    const before = Date.now() - Math.max(ABANDONED_MS, options.dataTimeout)
    try {
      const removed = await context.files.removeStaleUploads(before, this.#sweeping.signal)
      if (removed > 0) context.log.info({ removed }, 'ftp: removed what uploads left that never ended')
    } catch (error) {
      context.log.error({ err: error }, 'ftp: could not look for what uploads left')
    }
  }

  /** Called before the greeting goes out. */
  #accept(connection: LibraryConnection): void {
    const guard = new ConnectionGuard(connection.commandSocket, this.#shared.context.log, this.name)
    guard.run(() => this.#begin(connection, guard))
  }

  #begin(connection: LibraryConnection, guard: ConnectionGuard): void {
    const session = new Session(connection, this.#shared, guard)
    const isFull = this.#sessions.size >= this.#shared.options.maxConnections
    this.#sessions.add(session)
    void session.ended.finally(() => this.#sessions.delete(session))
    if (this.#closing || isFull) session.leave(421, isFull ? 'Too many connections; try again later' : 'Closing')
  }
}

function refuseOpenDemonstration({ host, user, password }: FtpOptions): void {
  if (isLoopback(host) || password !== DEMONSTRATION.password) return
  throw new UsageError(
    `ftp would listen on ${host}, where others can reach it, with the demonstration password of ${user}; ` +
      'set another with FOURWIRE_FTP_PASSWORD (and FOURWIRE_FTP_USER), or as ftp.password in the config file',
  )
}
