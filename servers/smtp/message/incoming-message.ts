/** A message that is being received, and the memory that is reserved for it. Pure. */
import { DataReader, type DataReaderOptions, type Rejection } from './data-reader.ts'
import type { MessageBudget, Reservation } from './message-budget.ts'

export class IncomingMessage {
  readonly #reader: DataReader
  readonly #reservation: Reservation

  constructor(budget: MessageBudget, options: Omit<DataReaderOptions, 'reserve'>) {
    const reservation = budget.open()
    this.#reservation = reservation
    this.#reader = new DataReader({ ...options, reserve: bytes => reservation.reserve(bytes) })
  }

  /** Bytes of the content so far, those that were discarded included. */
  get size(): number {
    return this.#reader.size
  }

  /** Why the content cannot be accepted. */
  get rejection(): Rejection | undefined {
    return this.#reader.rejection
  }

  /** Reads bytes of the client. Returns how many of them belong to the message if it ends in them, else undefined. */
  read(bytes: Uint8Array): number | undefined {
    return this.#reader.read(bytes)
  }

  /** Ends a message that was transferred in chunks. */
  end(): void {
    this.#reader.end()
  }

  /** Returns the content after a header, once. Undefined if there is no memory for the copy. */
  takeContent(header: Uint8Array): Buffer | undefined {
    const length = header.length + this.#reader.size
    const received = this.#reservation.size
    if (!this.#reservation.reserve(length)) return undefined
    const content = this.#reader.contentAfter(header)
    this.#reader.discard()
    this.#reservation.release(received)
    return content
  }

  /** Frees the content. What the client still sends of it is discarded. */
  close(): void {
    this.#reader.discard()
    this.#reservation.release()
  }
}
