/**
 * ftp-srv, made fit for a program that has other things to do than serve FTP. What we know of its inside stands here and
 * nowhere else. Its table of commands is one for the whole process, so it is never changed: `commands/` says which of
 * its commands run, each session at a time.
 */
import type { EventEmitter } from 'node:events'
import type { Server, Socket } from 'node:net'
import { type FtpConnection, FtpSrv } from 'ftp-srv'

/** A connection of ftp-srv, with what its declared type leaves out. */
export interface LibraryConnection extends FtpConnection {
  readonly commandSocket: Socket
  authenticated: boolean
  /** What its own commands use: nothing else of a file system is ever called by the ones that run. */
  fs: LibraryFileSystem
  readonly commands: {
    handle(command: { directive: string; arg: string | null; flags: string[]; raw: string }): PromiseLike<unknown>
  }
}

export interface LibraryFileSystem {
  currentDirectory(): string
  chdir(path: string | null): Promise<string>
  mkdir(path: string | null): Promise<string>
}

/** How a session begins: `220 ...`. */
const GREETING = 'Fourwire FTP server ready'

class QuietFtpSrv extends FtpSrv {
  declare readonly server: Server
  declare readonly connections: Record<string, unknown>

  /** The text of the greeting, where no other was set. */
  override setupFeaturesMessage(): string {
    return GREETING
  }

  /** The library's own leaves a timer of a second behind for every client that goes. */
  override async disconnectClient(id: string): Promise<void> {
    delete this.connections[id]
  }
}

const say = () => undefined

/** The library logs each refused command as an error; what matters to an operator is logged by the session. */
const NO_LOG = { trace: say, debug: say, info: say, warn: say, error: say, fatal: say, child: () => NO_LOG }

/**
 * A TCP server whose connections ftp-srv greets; whoever gets one in `accept` takes its lines over before the greeting
 * goes out. It is to be bound, and closed, as any server.
 */
export function createLibraryServer(accept: (connection: LibraryConnection) => void): Server {
  const library = withoutSignalHandlers(() => new QuietFtpSrv({ log: NO_LOG, url: 'ftp://127.0.0.1' }))
  const events: EventEmitter = library
  events.on('connect', ({ connection }: { connection: LibraryConnection }) => {
    takeOver(connection)
    accept(connection)
  })
  // A client that has said all it has to say may still be waiting for the answers.
  Object.assign(library.server, { allowHalfOpen: true })
  return library.server
}

/** Its reader takes every piece of a stream for whole commands, and its timer closes in the middle of a transfer. */
function takeOver(connection: LibraryConnection): void {
  const { commandSocket } = connection
  commandSocket.removeAllListeners('data')
  commandSocket.removeAllListeners('timeout')
  commandSocket.setNoDelay(true)
  // The greeting that follows; a session that could not begin has none.
  connection.reply = async () => {}
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const

/** Its constructor makes the whole process exit on signals; how a process ends is not a server's business. */
function withoutSignalHandlers<Made>(make: () => Made): Made {
  const before = SIGNALS.map(signal => new Set(process.listeners(signal)))
  const made = make()
  SIGNALS.forEach((signal, index) => {
    for (const listener of process.listeners(signal)) {
      if (!before[index]?.has(listener)) process.off(signal, listener)
    }
  })
  return made
}
