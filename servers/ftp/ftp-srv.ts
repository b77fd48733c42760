/**
 * The adapter of ftp-srv, and the only file that imports it. ftp-srv greets clients and runs the commands
 * that `commands/delegated.ts` creates; sessions do the rest. ftp-srv is pinned to one version because the adapter relies on members
 * outside its public types; `test/servers/ftp/ftp-srv.unit.test.ts` fails if one of them changes:
 *
 * - `FtpSrv#server`: its `connection` listener creates an `FtpConnection`, emits `connect` with it, and then calls
 *   `reply(220, ...)` on it, all synchronously.
 * - `FtpSrv#setupFeaturesMessage()`: returns the text of the greeting.
 * - `FtpSrv#disconnectClient(id)`, `FtpSrv#connections`: called on close; forgets the connection.
 * - `FtpConnection`: listens for `data` and `timeout` of its socket; `commands.handle({ directive, arg, flags, raw })` runs a
 *   command if `authenticated` is true, using `fs.currentDirectory()`, `fs.chdir()`, `fs.mkdir()` and `reply(code, ...lines)`.
 *
 * The table of commands is one per process, so the adapter never changes it.
 */
import type { EventEmitter } from 'node:events'
import type { Server, Socket } from 'node:net'
import { FtpSrv } from 'ftp-srv'

/** The file system that commands of ftp-srv use. */
export interface FtpSrvFileSystem {
  currentDirectory(): string
  chdir(path: string | null): Promise<string>
  mkdir(path: string | null): Promise<string>
}

/** What ftp-srv uses of a session. */
export interface FtpSrvSession {
  reply(code: number, ...lines: string[]): void
  files(): FtpSrvFileSystem
}

/** Runs commands in ftp-srv for one session. */
export interface CommandRunner {
  run(verb: string, argument: string): PromiseLike<unknown>
}

/** The members of ftp-srv's `FtpConnection` that the adapter uses. */
interface FtpConnection {
  authenticated: boolean
  readonly commandSocket: Socket
  fs: FtpSrvFileSystem
  reply: (code: number | object, ...lines: string[]) => Promise<void>
  readonly commands: {
    handle(command: { directive: string; arg: string | null; flags: string[]; raw: string }): PromiseLike<unknown>
  }
}

const GREETING = 'Fourwire FTP server ready'

class EmbeddedFtpSrv extends FtpSrv {
  declare readonly server: Server
  declare readonly connections: Record<string, unknown>

  override setupFeaturesMessage(): string {
    return GREETING
  }

  /** ftp-srv's own method leaves a timer of one second behind for every client. */
  override async disconnectClient(id: string): Promise<void> {
    delete this.connections[id]
  }
}

const ignore = () => undefined

/** ftp-srv logs every negative reply as an error; sessions log what operators need. */
const NO_LOG = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  fatal: ignore,
  child: () => NO_LOG,
}

export class FtpSrvAdapter {
  readonly #ftpSrv = withoutSignalHandlers(() => new EmbeddedFtpSrv({ log: NO_LOG, url: 'ftp://127.0.0.1' }))

  /** Hands an accepted socket to ftp-srv, which replies 220. The session must read the socket itself. */
  connect(socket: Socket, session: FtpSrvSession): CommandRunner {
    const before = { data: new Set(socket.listeners('data')), timeout: new Set(socket.listeners('timeout')) }
    const events: EventEmitter = this.#ftpSrv
    let attached: CommandRunner | undefined
    events.once('connect', ({ connection }: { connection: FtpConnection }) => {
      // Its reader treats every chunk as complete commands, and its timer closes the connection during transfers.
      for (const event of ['data', 'timeout'] as const) removeNewListeners(socket, event, before[event])
      attached = attachToSession(connection, session)
    })
    this.#ftpSrv.server.emit('connection', socket)
    if (!attached) throw new Error('ftp-srv did not accept the connection')
    return attached
  }
}

function removeNewListeners(socket: Socket, event: string, before: ReadonlySet<unknown>): void {
  for (const listener of socket.listeners(event)) {
    if (!before.has(listener)) socket.off(event, listener as () => void)
  }
}

function attachToSession(connection: FtpConnection, { reply, files }: FtpSrvSession): CommandRunner {
  connection.commandSocket.setNoDelay(true)
  connection.reply = async (code, ...lines) => reply(Number(code), ...lines)
  // The table of commands has already checked the login.
  connection.authenticated = true
  connection.fs = {
    currentDirectory: () => files().currentDirectory(),
    chdir: path => files().chdir(path),
    mkdir: path => files().mkdir(path),
  }
  return {
    run: (verb, argument) =>
      connection.commands.handle({ directive: verb, arg: argument === '' ? null : argument, flags: [], raw: verb }),
  }
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const

/** Removes the signal handlers that ftp-srv's constructor adds: they would exit the process. */
function withoutSignalHandlers<Result>(create: () => Result): Result {
  const before = SIGNALS.map(signal => new Set(process.listeners(signal)))
  const created = create()
  SIGNALS.forEach((signal, index) => {
    for (const listener of process.listeners(signal)) {
      if (!before[index]?.has(listener)) process.off(signal, listener)
    }
  })
  return created
}
