/** One session with a server: a control connection that is logged in, and the transfers on it, one after another. */
import type { Readable, Writable } from 'node:stream'
import type { Client, FTPResponse } from 'basic-ftp'
import { RefusedError } from '../../../shared/errors.ts'
import type { ClientOptions, Location } from '../../../shared/service.ts'
import { baseName, type ResolvedTarget } from '../target.ts'
import { isPattern } from '../transfer/glob.ts'
import { SessionCommands } from './commands.ts'
import { connectSession } from './connect.ts'
import { type FtpEntry, factsLine, toEntry } from './entry.ts'
import { isPermanent } from './error.ts'
import { type Features, missingFacts, parseFeatures } from './features.ts'
import type { SessionSockets } from './sockets.ts'
import { SessionTransfers, type TransferOptions } from './transfers.ts'

export class FtpSession {
  readonly server: Location
  readonly #client: Client
  readonly #commands: SessionCommands
  readonly #transfers: SessionTransfers
  readonly #sockets: SessionSockets
  readonly #removeAbortListener: () => void
  #features: Features | undefined

  /**
   * Connects and logs in. If the signal of the options aborts, the session closes.
   *
   * @throws UnreachableError if no server listens there
   * @throws RefusedError with the code and text of a negative reply, or if TLS fails
   */
  static async open(target: ResolvedTarget, options: ClientOptions): Promise<FtpSession> {
    const { client, server, sockets } = await connectSession(target, options)
    return new FtpSession(client, server, sockets, options.signal)
  }

  private constructor(client: Client, server: Location, sockets: SessionSockets, signal: AbortSignal | undefined) {
    this.#client = client
    this.#commands = new SessionCommands(client)
    this.#transfers = new SessionTransfers(this.#commands)
    this.server = server
    this.#sockets = sockets
    const abort = () => void sockets.close(new Error('cancelled'))
    signal?.addEventListener('abort', abort, { once: true })
    this.#removeAbortListener = () => signal?.removeEventListener('abort', abort)
  }

  /** Aborts transfers and listings (ABOR); the session continues. */
  set interruptSignal(signal: AbortSignal | undefined) {
    this.#transfers.interruptSignal = signal
  }

  /** True if the connection is closed, or the server has closed it. */
  get isClosed(): boolean {
    return this.#client.closed
  }

  /**
   * Sends a command, and returns the reply.
   *
   * @throws RefusedError for a negative reply
   */
  async send(command: string): Promise<FTPResponse> {
    return this.#commands.send(command)
  }

  /** Sends a command, and returns the reply, also a negative one. */
  async request(command: string): Promise<FTPResponse> {
    return this.#commands.request(command)
  }

  /** Sends a command of the user, and returns the reply, also a negative one. It may change what the session knows of itself. */
  async quote(command: string): Promise<FTPResponse> {
    this.#commands.forgetType()
    this.#features = undefined
    return this.request(command)
  }

  /** Changes the working directory (CWD), and returns its absolute path (PWD). */
  async enterDirectory(path: string): Promise<string> {
    await this.#commands.prepare(path)
    if (path !== '') await this.send(`CWD ${path}`)
    return (await this.#commands.run(() => this.#client.pwd())).replaceAll('""', '"')
  }

  /** The features of the server; requested once. */
  async features(): Promise<Features> {
    if (this.#features) return this.#features
    const features = parseFeatures(await this.request('FEAT'))
    const facts = missingFacts(features)
    if (facts !== undefined) await this.request(`OPTS MLST ${facts}`)
    this.#features = features
    return features
  }

  /**
   * Fails if a path does not exist: some servers without MLSD list such a path as empty.
   *
   * @throws RefusedError if it does not exist
   */
  async checkEmpty(path: string): Promise<void> {
    if (path !== '' && !(await this.features()).has('MLST')) await this.stat(path)
  }

  /** Lists a directory (MLSD, or LIST if the server does not support it) or one file. */
  async list(path: string): Promise<FtpEntry[]> {
    await this.#commands.prepare(path)
    if ((await this.features()).has('MLST')) {
      try {
        return await this.#listWith(['MLSD'], path)
      } catch (error) {
        // MLSD lists directories only (RFC 3659, section 7.2); LIST, patterns too.
        if (!isPermanent(error) || this.isClosed) throw error
        if (!isPattern(path)) return [await this.#statFile(path, error)]
      }
    }
    return this.#listWith(['LIST -a', 'LIST'], path)
  }

  /** @param error thrown if the path is not that of a file */
  async #statFile(path: string, error: RefusedError): Promise<FtpEntry> {
    const entry = await this.stat(path)
    if (entry.type === 'directory') throw error
    return entry
  }

  async #listWith(commands: readonly string[], path: string): Promise<FtpEntry[]> {
    this.#client.availableListCommands = [...commands]
    return (await this.#transfers.interruptible(() => this.#client.list(path))).map(toEntry)
  }

  /**
   * Returns the entry of a file or directory.
   *
   * @throws RefusedError if it does not exist
   */
  async stat(path: string): Promise<FtpEntry> {
    await this.#commands.prepare(path)
    const features = await this.features()
    if (!features.has('MLST')) return this.#statWithoutMlst(path)
    const { message } = await this.send(`MLST ${path}`)
    const line = factsLine(message, baseName(path))
    const [info] = line === undefined ? [] : this.#client.parseList(line)
    if (!info) throw new RefusedError('failed', message, { message: `the reply to MLST has no facts: ${message}` })
    return toEntry(info)
  }

  /** The size and the time of a file, or, if there is no such file, whether it is a directory. */
  async #statWithoutMlst(path: string): Promise<FtpEntry> {
    const name = baseName(path)
    await this.#commands.useImageType()
    try {
      const size = await this.#commands.run(() => this.#client.size(path))
      const modified = await this.modified(path)
      return { name, type: 'file', size, ...(modified && { modified: modified.toISOString() }) }
    } catch (error) {
      if (!(error instanceof RefusedError) || error.code !== 550) throw error
      const before = await this.#commands.run(() => this.#client.pwd())
      const { code } = await this.request(`CWD ${path}`)
      if (code >= 400) throw error
      await this.send(`CWD ${before}`)
      return { name, type: 'directory', size: 0 }
    }
  }

  /** The time of the last modification (MDTM); undefined if the server does not send it. */
  async modified(path: string): Promise<Date | undefined> {
    const { code, message } = await this.request(`MDTM ${path}`)
    const time = /^213 (\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(message)
    if (code !== 213 || !time) return undefined
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = time.slice(1).map(Number)
    return new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  }

  /** The size of a file in bytes; undefined if the server does not send it (RFC 3659, section 4). */
  async size(path: string): Promise<number | undefined> {
    await this.#commands.prepare(path)
    await this.#commands.useImageType()
    const { code, message } = await this.request(`SIZE ${path}`)
    return code === 213 ? Number.parseInt(message.slice(4), 10) : undefined
  }

  /**
   * Downloads a file (RETR), ends the stream, and returns the number of bytes.
   *
   * @param offset the first byte to download (REST)
   */
  async download(path: string, to: Writable, options: TransferOptions & { offset?: number } = {}): Promise<number> {
    return this.#transfers.download(path, to, options)
  }

  /** Uploads a file (STOR), or appends to it (APPE), and returns the number of bytes. */
  async upload(path: string, from: Readable, options: TransferOptions & { append?: boolean } = {}): Promise<number> {
    return this.#transfers.upload(path, from, options)
  }

  /** Removes a file (DELE). */
  async removeFile(path: string): Promise<void> {
    await this.#onPath(path, () => this.#client.remove(path))
  }

  /** Removes an empty directory (RMD). */
  async removeDirectory(path: string): Promise<void> {
    await this.#onPath(path, () => this.#client.removeEmptyDir(path))
  }

  /** Creates a directory (MKD). */
  async makeDirectory(path: string): Promise<void> {
    await this.#onPath(path, () => this.#client.send(`MKD ${path}`))
  }

  /** Renames or moves a file or directory (RNFR, RNTO). */
  async move(path: string, to: string): Promise<void> {
    await this.#onPath(path + to, () => this.#client.rename(path, to))
  }

  /** Changes permissions (SITE CHMOD). */
  async changeMode(path: string, mode: string): Promise<void> {
    await this.#onPath(path, () => this.#client.send(`SITE CHMOD ${mode} ${path}`))
  }

  async #onPath(path: string, run: () => Promise<unknown>): Promise<void> {
    await this.#commands.prepare(path)
    await this.#commands.run(run)
  }

  /** Sends QUIT if the connection is open, and closes it. Ignores errors: the operation already succeeded, or failed. */
  async close(): Promise<void> {
    this.#removeAbortListener()
    if (!this.#client.closed) await Promise.allSettled([this.#client.send('QUIT')])
    this.#client.close()
    await this.#sockets.close()
  }
}

/** Runs an operation in a session of its own. */
export async function withSession<Result>(
  target: ResolvedTarget,
  options: ClientOptions,
  run: (session: FtpSession) => Promise<Result>,
): Promise<Result> {
  const session = await FtpSession.open(target, options)
  try {
    return await run(session)
  } catch (error) {
    options.signal?.throwIfAborted()
    throw error
  } finally {
    await session.close()
  }
}
