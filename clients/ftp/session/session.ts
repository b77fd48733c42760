/** One session with a server: a control connection that is logged in, and the transfers on it, one after another. */
import type { Readable, Writable } from 'node:stream'
import type { Client, FTPResponse } from 'basic-ftp'
import { RefusedError } from '../../../shared/errors.ts'
import type { ClientOptions, Location } from '../../../shared/service.ts'
import { abortTransfer, awaitAfterAbort, onDataConnection } from '../basic-ftp.ts'
import { baseName, type ResolvedTarget } from '../target.ts'
import { connectSession } from './connect.ts'
import { type FtpEntry, factsLine, toEntry } from './entry.ts'
import { translateError } from './error.ts'
import { type Features, missingFacts, parseFeatures } from './features.ts'
import type { SessionSockets } from './sockets.ts'
import { DownloadTarget, UploadSource } from './streams.ts'

export interface TransferOptions {
  /** Called with the number of bytes of each chunk. */
  readonly onBytes?: ((count: number) => void) | undefined
}

export class FtpSession {
  readonly server: Location
  /** Aborts transfers and listings (ABOR); the session continues. */
  interruptSignal: AbortSignal | undefined
  readonly #client: Client
  readonly #sockets: SessionSockets
  readonly #removeAbortListener: () => void
  #features: Features | undefined
  #isImageType = false
  #usesUtf8 = false

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
    this.server = server
    this.#sockets = sockets
    const abort = () => void sockets.close(new Error('cancelled'))
    signal?.addEventListener('abort', abort, { once: true })
    this.#removeAbortListener = () => signal?.removeEventListener('abort', abort)
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
    return this.#run(() => this.#client.send(command))
  }

  /** Sends a command, and returns the reply, also a negative one. */
  async request(command: string): Promise<FTPResponse> {
    return this.#run(() => this.#client.sendIgnoringError(command))
  }

  /** Sends a command of the user, and returns the reply, also a negative one. It may change what the session knows of itself. */
  async quote(command: string): Promise<FTPResponse> {
    this.#isImageType = false
    this.#features = undefined
    return this.request(command)
  }

  /** Changes the working directory (CWD), and returns its absolute path (PWD). */
  async enterDirectory(path: string): Promise<string> {
    await this.#prepare(path)
    if (path !== '') await this.send(`CWD ${path}`)
    return (await this.#run(() => this.#client.pwd())).replaceAll('""', '"')
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

  /** Lists a directory (MLSD, or LIST if the server does not support it) or one file. */
  async list(path: string): Promise<FtpEntry[]> {
    await this.#prepare(path)
    const supportsMlsd = (await this.features()).has('MLST')
    this.#client.availableListCommands = [...(supportsMlsd ? ['MLSD'] : []), 'LIST -a', 'LIST']
    let entries: FtpEntry[] = []
    await this.#interruptible(async () => {
      entries = (await this.#client.list(path)).map(toEntry)
    })
    return entries
  }

  /**
   * Returns the entry of a file or directory.
   *
   * @throws RefusedError if it does not exist
   */
  async stat(path: string): Promise<FtpEntry> {
    await this.#prepare(path)
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
    await this.#useImageType()
    try {
      const size = await this.#run(() => this.#client.size(path))
      const modified = await this.modified(path)
      return { name, type: 'file', size, ...(modified && { modified: modified.toISOString() }) }
    } catch (error) {
      if (!(error instanceof RefusedError) || error.code !== 550) throw error
      const before = await this.#run(() => this.#client.pwd())
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
    await this.#prepare(path)
    await this.#useImageType()
    const { code, message } = await this.request(`SIZE ${path}`)
    return code === 213 ? Number.parseInt(message.slice(4), 10) : undefined
  }

  /**
   * Downloads a file (RETR), and ends the stream.
   *
   * @param offset the first byte to download (REST)
   */
  async download(path: string, to: Writable, options: TransferOptions & { offset?: number } = {}): Promise<number> {
    const { offset = 0 } = options
    // The client pipes the data connection to the stream.
    return this.#transfer(path, options, to, () => this.#client.downloadTo(to, path, offset)).catch(
      (error: unknown) => {
        throw to instanceof DownloadTarget && to.failure ? to.failure : error
      },
    )
  }

  /** Uploads a file (STOR), or appends to it (APPE). */
  async upload(path: string, from: Readable, options: TransferOptions & { append?: boolean } = {}): Promise<number> {
    return this.#transfer(path, options, undefined, () =>
      options.append ? this.#client.appendFrom(from, path) : this.#client.uploadFrom(from, path),
    ).catch((error: unknown) => {
      throw from instanceof UploadSource && from.failure ? from.failure : error
    })
  }

  /**
   * Runs a transfer in image type, and returns the number of bytes.
   *
   * @param to the stream that the client pipes to, if it is not the data connection
   */
  async #transfer(
    path: string,
    { onBytes }: TransferOptions,
    to: Writable | undefined,
    start: () => Promise<unknown>,
  ): Promise<number> {
    await this.#prepare(path)
    await this.#useImageType()
    let size = 0
    const count = (chunk: Uint8Array) => {
      size += chunk.length
      onBytes?.(chunk.length)
    }
    onDataConnection(this.#client, socket => {
      this.interruptSignal?.throwIfAborted()
      ;(to ?? socket).once('pipe', (from: Readable) => from.on('data', count))
    })
    await this.#interruptible(start)
    return size
  }

  async #interruptible(run: () => Promise<unknown>): Promise<void> {
    const signal = this.interruptSignal
    signal?.throwIfAborted()
    const interrupt = () => abortTransfer(this.#client)
    signal?.addEventListener('abort', interrupt, { once: true })
    try {
      await this.#run(run)
    } catch (error) {
      if (!signal?.aborted) throw error
      await this.#run(() => awaitAfterAbort(this.#client))
      throw signal.reason
    } finally {
      signal?.removeEventListener('abort', interrupt)
    }
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
    await this.#prepare(path)
    await this.#run(run)
  }

  /** Names are UTF-8 (RFC 2640), but some servers use it only after this command. */
  async #prepare(path: string): Promise<void> {
    if (this.#usesUtf8 || !/[^ -~]/.test(path)) return
    this.#usesUtf8 = true
    await this.request('OPTS UTF8 ON')
  }

  async #useImageType(): Promise<void> {
    if (this.#isImageType) return
    await this.send('TYPE I')
    this.#isImageType = true
  }

  async #run<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run()
    } catch (error) {
      throw translateError(error)
    }
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
