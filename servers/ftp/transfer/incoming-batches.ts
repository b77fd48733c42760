/**
 * Collects what a socket receives into batches, while the previous batch is written: one write of many chunks takes less time
 * than many writes.
 */
import type { Socket } from 'node:net'

/** Chunks of a batch: a client can send each byte in a packet of its own. */
const MAX_BATCH_CHUNKS = 256

export class IncomingBatches {
  readonly #socket: Socket
  readonly #batchBytes: number
  #chunks: Buffer[] = []
  #bytes = 0
  #end: 'none' | 'ended' | Error = 'none'
  #wake: (() => void) | undefined

  /**
   * Starts to read. The socket must stay paused until then.
   *
   * @param batchBytes bytes of a batch, unless the input ends before. The same number can wait meanwhile; then the socket is paused
   */
  constructor(socket: Socket, batchBytes: number) {
    this.#socket = socket
    this.#batchBytes = batchBytes
    socket.on('data', (chunk: Buffer) => this.#add(chunk))
    socket.once('end', () => this.#finish('ended'))
    socket.once('error', error => this.#finish(error))
    socket.once('close', () => this.#finish(new IncompleteInputError()))
    // TLS can have read the end together with the handshake.
    if (socket.readableEnded) this.#finish('ended')
    else if (socket.destroyed) this.#finish(new IncompleteInputError())
    socket.resume()
  }

  /**
   * Resolves with the next batch; undefined after the last one.
   *
   * @throws the error of the socket, or an IncompleteInputError, after the batch with the last bytes that arrived
   */
  async next(): Promise<readonly Uint8Array[] | undefined> {
    if (!this.#isReady) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    if (this.#bytes > 0) return this.#take()
    if (this.#end instanceof Error) throw this.#end
    return undefined
  }

  get #isFull(): boolean {
    return this.#bytes >= this.#batchBytes || this.#chunks.length >= MAX_BATCH_CHUNKS
  }

  get #isReady(): boolean {
    return this.#isFull || this.#end !== 'none'
  }

  #add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#isFull) this.#socket.pause()
    this.#wakeIfReady()
  }

  #finish(end: 'ended' | Error): void {
    if (this.#end === 'none') this.#end = end
    this.#wakeIfReady()
  }

  #wakeIfReady(): void {
    if (!this.#isReady) return
    this.#wake?.()
    this.#wake = undefined
  }

  #take(): readonly Uint8Array[] {
    const chunks = this.#chunks
    this.#chunks = []
    this.#bytes = 0
    this.#socket.resume()
    return chunks
  }
}

/** The connection was closed before the client ended its side. */
export class IncompleteInputError extends Error {
  override readonly name = 'IncompleteInputError'

  constructor() {
    super('the data connection was closed before the end of the file')
  }
}
