/** Assembles messages of PostgreSQL's protocol from chunks of any size: a type, a length, and a body. */

export interface PostgresMessage {
  /** One character; `''` for StartupMessage and its relatives, which have no type. */
  readonly type: string
  /** The message from its type on, cut to what a dissector needs. */
  readonly bytes: Buffer
  /** `bytes` without type and length. */
  readonly body: Buffer
  /** The number of bytes on the wire. */
  readonly size: number
}

/** Bytes of a message that are stored. */
const MAX_STORED = 8192
/** Of a row, or of content that is copied, only the number of columns is shown. */
const MAX_STORED_CONTENT = 7
const CONTENT_TYPES = 'Dd'
/** PostgreSQL's own bounds: `MAX_STARTUP_PACKET_LENGTH`, and the largest message. */
const MAX_STARTUP_LENGTH = 10_000
const MAX_LENGTH = 0x3fffffff
const LENGTH_BYTES = 4
const EMPTY = Buffer.alloc(0)

export class MessageReader {
  readonly #types: string
  #hasType: boolean
  #stored: Buffer = EMPTY
  #skipped = 0

  /** @param types the types that the direction has; another one is an error */
  constructor(types: string) {
    this.#types = types
    this.#hasType = true
  }

  /** True between two messages. */
  get isEmpty(): boolean {
    return this.#stored.length === 0
  }

  /** The next message has no type. */
  expectStartup(): void {
    this.#hasType = false
  }

  /**
   * Returns the next message and the bytes after it; undefined if it is not complete.
   *
   * @throws RangeError if the bytes are not a message
   */
  take(bytes: Uint8Array): { readonly message: PostgresMessage; readonly rest: Uint8Array } | undefined {
    const headerBytes = this.#headerBytes
    let rest = this.#store(bytes, headerBytes)
    if (this.#stored.length < headerBytes) return undefined
    const size = this.#parseSize()
    rest = this.#store(rest, Math.min(size, this.#storedBytes))
    const skipped = Math.min(rest.length, size - this.#stored.length - this.#skipped)
    this.#skipped += skipped
    if (this.#stored.length + this.#skipped < size) return undefined
    return { message: this.#finish(size), rest: rest.subarray(skipped) }
  }

  get #headerBytes(): number {
    return LENGTH_BYTES + (this.#hasType ? 1 : 0)
  }

  get #type(): string {
    return this.#hasType ? String.fromCharCode(this.#stored[0] ?? 0) : ''
  }

  get #storedBytes(): number {
    return this.#hasType && CONTENT_TYPES.includes(this.#type) ? MAX_STORED_CONTENT : MAX_STORED
  }

  /** Stores bytes until there are `total`; returns the others. */
  #store(bytes: Uint8Array, total: number): Uint8Array {
    const count = Math.min(bytes.length, Math.max(total - this.#stored.length, 0))
    if (count > 0) this.#stored = Buffer.concat([this.#stored, bytes.subarray(0, count)])
    return bytes.subarray(count)
  }

  #parseSize(): number {
    const [type, length] = [this.#type, this.#stored.readUInt32BE(this.#hasType ? 1 : 0)]
    if (this.#hasType && !this.#types.includes(type)) throw new RangeError(`unknown type ${JSON.stringify(type)}`)
    const [least, most] = this.#hasType ? [LENGTH_BYTES, MAX_LENGTH] : [2 * LENGTH_BYTES, MAX_STARTUP_LENGTH]
    if (length < least || length > most) throw new RangeError(`length ${length}`)
    return length + (this.#hasType ? 1 : 0)
  }

  #finish(size: number): PostgresMessage {
    const message = { type: this.#type, bytes: this.#stored, body: this.#stored.subarray(this.#headerBytes), size }
    this.#stored = EMPTY
    this.#skipped = 0
    this.#hasType = true
    return message
  }
}
