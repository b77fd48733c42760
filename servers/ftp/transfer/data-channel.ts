/** The open data connection of one transfer: sends and receives, counts the bytes, and emits the transfer to the trace. */
import type { Socket } from 'node:net'
import { type Direction, Excerpt } from '../../../shared/trace/dissector.ts'
import type { DataTrace } from '../data-connection/data-trace.ts'
import { IncomingBatches } from './incoming-batches.ts'
import type { Pacer } from './pacer.ts'

export interface DataChannelOptions {
  readonly trace: DataTrace
  readonly direction: Direction
  /** Bytes that the transfer may read or receive at a time. */
  readonly partBytes: number
  /** Undefined if the rate has no limit. */
  readonly pacer: Pacer | undefined
}

export class DataChannel {
  /** Bytes that the transfer may read or receive at a time. */
  readonly partBytes: number
  readonly #socket: Socket
  readonly #trace: DataTrace
  readonly #direction: Direction
  /** Undefined if the rate has no limit. */
  readonly #pacer: Pacer | undefined
  /** The first bytes. Undefined if the trace has no listener, and after the transfer was emitted. */
  #excerpt: Excerpt | undefined
  /** The content, if the trace can keep it. */
  #kept: Uint8Array | undefined
  #startedAt = 0
  #bytes = 0

  constructor(socket: Socket, { trace, direction, partBytes, pacer }: DataChannelOptions) {
    this.partBytes = partBytes
    this.#socket = socket
    this.#trace = trace
    this.#direction = direction
    this.#pacer = pacer
    if (!trace.isActive) return
    this.#excerpt = new Excerpt()
    this.#startedAt = performance.now()
  }

  /** The bytes that were sent or received. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Sends bytes; resolves when the system has taken them, so that the memory can be used again.
   *
   * @throws the error of the socket
   */
  write(bytes: Uint8Array): Promise<void> {
    return this.#pacer ? this.#writeParts(bytes, this.#pacer) : this.#write(bytes)
  }

  async #writeParts(bytes: Uint8Array, pacer: Pacer): Promise<void> {
    for (let start = 0; start < bytes.length; start += pacer.partBytes) {
      const part = bytes.subarray(start, start + pacer.partBytes)
      await pacer.wait(part.length)
      await this.#write(part)
    }
  }

  #write(bytes: Uint8Array): Promise<void> {
    this.#count(bytes)
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, error => (error ? reject(error) : resolve()))
    })
  }

  /**
   * Sends a whole file; resolves when the system has taken it.
   *
   * @param content memory that does not change, and that is kept for other transfers too: the trace does not copy it
   * @throws the error of the socket
   */
  sendWhole(content: Uint8Array): Promise<void> {
    if (this.#excerpt && !this.#pacer) this.#kept = content
    return this.end(content)
  }

  /**
   * Sends the last bytes and the end of the file; resolves when the system has taken them.
   *
   * @throws the error of the socket
   */
  end(bytes?: Uint8Array): Promise<void> {
    if (!this.#pacer || !bytes) return this.#end(bytes)
    return this.#writeParts(bytes, this.#pacer).then(() => this.#end())
  }

  #end(bytes?: Uint8Array): Promise<void> {
    if (bytes) this.#count(bytes)
    return new Promise((resolve, reject) => {
      this.#socket.end(bytes ?? '', (error?: Error | null) => {
        if (error) return reject(error)
        this.emitTransfer()
        resolve()
      })
    })
  }

  /**
   * Yields what the client sends, in batches, and reads on while the caller writes one.
   *
   * @throws the error of the socket, or an IncompleteInputError
   */
  async *receive(): AsyncGenerator<readonly Uint8Array[]> {
    const incoming = new IncomingBatches(
      this.#socket,
      Math.min(this.partBytes, this.#pacer?.partBytes ?? this.partBytes),
    )
    for (;;) {
      const batch = await incoming.next()
      if (!batch) return this.emitTransfer()
      const before = this.#bytes
      for (const chunk of batch) this.#count(chunk)
      await this.#pacer?.wait(this.#bytes - before)
      yield batch
    }
  }

  /** Emits the transfer to the trace, complete or not, unless it was emitted. */
  emitTransfer(): void {
    if (!this.#excerpt) return
    const bytes = this.#kept ?? this.#excerpt.bytes
    const milliseconds = performance.now() - this.#startedAt
    this.#trace.emitContent({ direction: this.#direction, size: this.#bytes, bytes, milliseconds })
    this.#excerpt = undefined
    this.#kept = undefined
  }

  #count(bytes: Uint8Array): void {
    this.#bytes += bytes.length
    if (!this.#kept) this.#excerpt?.add(bytes)
  }
}
