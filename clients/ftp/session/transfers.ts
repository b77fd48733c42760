/** The transfers of a session, one after another; a signal aborts the current one. */
import type { Readable, Writable } from 'node:stream'
import { abortTransfer, awaitAfterAbort, onDataConnection } from '../basic-ftp.ts'
import type { SessionCommands } from './commands.ts'
import { DownloadTarget, UploadSource } from './streams.ts'

export interface TransferOptions {
  /** Called with the number of bytes of each chunk. */
  readonly onBytes?: ((count: number) => void) | undefined
}

export class SessionTransfers {
  /** Aborts transfers and listings (ABOR); the session continues. */
  interruptSignal: AbortSignal | undefined
  readonly #commands: SessionCommands

  constructor(commands: SessionCommands) {
    this.#commands = commands
  }

  /**
   * Downloads a file (RETR), ends the stream, and returns the number of bytes.
   *
   * @param offset the first byte to download (REST)
   */
  async download(path: string, to: Writable, options: TransferOptions & { offset?: number }): Promise<number> {
    const { client } = this.#commands
    // The client pipes the data connection to the stream.
    return this.#transfer(path, options, to, () => client.downloadTo(to, path, options.offset ?? 0)).catch(
      (error: unknown) => {
        throw to instanceof DownloadTarget && to.failure ? to.failure : error
      },
    )
  }

  /** Uploads a file (STOR), or appends to it (APPE), and returns the number of bytes. */
  async upload(path: string, from: Readable, options: TransferOptions & { append?: boolean }): Promise<number> {
    const { client } = this.#commands
    return this.#transfer(path, options, undefined, () =>
      options.append ? client.appendFrom(from, path) : client.uploadFrom(from, path),
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
    await this.#commands.prepare(path)
    await this.#commands.useImageType()
    let size = 0
    const count = (chunk: Uint8Array) => {
      size += chunk.length
      onBytes?.(chunk.length)
    }
    onDataConnection(this.#commands.client, socket => {
      this.interruptSignal?.throwIfAborted()
      ;(to ?? socket).once('pipe', (from: Readable) => from.on('data', count))
    })
    await this.interruptible(start)
    return size
  }

  /** Runs a transfer or a listing, which the signal aborts. */
  async interruptible<Result>(run: () => Promise<Result>): Promise<Result> {
    const { client } = this.#commands
    const signal = this.interruptSignal
    signal?.throwIfAborted()
    const interrupt = () => abortTransfer(client)
    signal?.addEventListener('abort', interrupt, { once: true })
    try {
      return await this.#commands.run(run)
    } catch (error) {
      if (!signal?.aborted) throw error
      await this.#commands.run(() => awaitAfterAbort(client))
      throw signal.reason
    } finally {
      signal?.removeEventListener('abort', interrupt)
    }
  }
}
