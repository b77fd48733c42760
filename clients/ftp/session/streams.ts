/**
 * The streams of transfers. When a data connection breaks, Node destroys the other stream of the pipe with the same error, and
 * basic-ftp then closes the session. These streams emit only errors of their own, so that the session continues.
 */
import { Readable, Writable } from 'node:stream'

/** Bounds what waits in a stream. */
const BUFFER_BYTES = 1024 * 1024

/** The target of a download. */
export class DownloadTarget extends Writable {
  readonly #append: (bytes: Buffer) => Promise<void> | void
  #failure: Error | undefined

  /** @param append takes the next bytes; if it throws, the download fails with the error, and the session ends */
  constructor(append: (bytes: Buffer) => Promise<void> | void) {
    super({ highWaterMark: BUFFER_BYTES })
    this.#append = append
  }

  /** The error of `append`. */
  get failure(): Error | undefined {
    return this.#failure
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    void this.#take(bytes, done)
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error) => void): void {
    void this.#take(Buffer.concat(chunks.map(({ chunk }) => chunk)), done)
  }

  async #take(bytes: Buffer, done: (error?: Error) => void): Promise<void> {
    try {
      await this.#append(bytes)
      done()
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error))
      done(this.#failure)
    }
  }

  override _destroy(_: Error | null, done: (error?: Error | null) => void): void {
    done(this.#failure ?? null)
  }
}

/** The source of an upload. */
export class UploadSource extends Readable {
  readonly #next: () => Promise<Buffer | undefined>
  #failure: Error | undefined

  /** @param next returns the next bytes, undefined at the end; if it throws, the upload fails with the error, and the session ends */
  constructor(next: () => Promise<Buffer | undefined>) {
    super({ highWaterMark: BUFFER_BYTES })
    this.#next = next
  }

  /** The error of `next`. */
  get failure(): Error | undefined {
    return this.#failure
  }

  override _read(): void {
    this.#next().then(
      bytes => this.push(bytes ?? null),
      (error: Error) => {
        this.#failure = error
        this.destroy(error)
      },
    )
  }

  override _destroy(_: Error | null, done: (error?: Error | null) => void): void {
    done(this.#failure ?? null)
  }
}
