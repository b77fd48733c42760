/**
 * Messages whose summary and bytes are computed when a listener reads them. A busy server emits several events for each request,
 * and most listeners read few of them, so creating a message must cost little: it keeps what was on the wire and describes it on
 * the first read. Pure.
 */
import { type Direction, type DissectedMessage, MAX_EVENT_BYTES } from './dissector.ts'

/** What a listener reads of a message, with secrets masked. */
export interface Description {
  readonly summary: string
  readonly bytes: Uint8Array
}

/** What is known of a message before it is described. */
export interface MessageFields<Kind extends string> {
  readonly kind: Kind
  readonly direction: Direction
  readonly exchange: number
  /** The number of bytes on the wire. */
  readonly size: number
}

/**
 * Creates a message that is described when it is read.
 *
 * @param raw what `describe` needs. It is kept until then, so it must not change; no property of the message shows it
 * @param describe returns the description. Called at most once. Its bytes are cut and copied
 */
export function lazyMessage<Kind extends 'message' | 'transfer', Raw>(
  fields: MessageFields<Kind>,
  raw: Raw,
  describe: (raw: Raw) => Description,
): DissectedMessage<Kind> {
  return new LazyMessage(fields, raw, describe)
}

class LazyMessage<Kind extends string, Raw> implements DissectedMessage<Kind> {
  readonly kind: Kind
  readonly direction: Direction
  readonly exchange: number
  readonly size: number
  /** Undefined once it is described. */
  #raw: Raw | undefined
  readonly #describe: (raw: Raw) => Description
  #description: Description | undefined

  constructor({ kind, direction, exchange, size }: MessageFields<Kind>, raw: Raw, describe: (raw: Raw) => Description) {
    this.kind = kind
    this.direction = direction
    this.exchange = exchange
    this.size = size
    this.#raw = raw
    this.#describe = describe
  }

  get summary(): string {
    return this.#read().summary
  }

  get bytes(): Uint8Array {
    return this.#read().bytes
  }

  #read(): Description {
    if (this.#description === undefined) {
      // Only this method removes it, when it sets the description.
      this.#description = describeSafely(this.#raw as Raw, this.#describe)
      this.#raw = undefined
    }
    return this.#description
  }
}

/** A defect in a description must not become an exception of the listener that reads it. */
function describeSafely<Raw>(raw: Raw, describe: (raw: Raw) => Description): Description {
  try {
    const { summary, bytes } = describe(raw)
    return { summary, bytes: copyExcerpt(bytes) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { summary: `the dissector failed: ${reason}`, bytes: Buffer.alloc(0) }
  }
}

/** Into memory of its own: small buffers share memory with others, which can hold secrets (`bytes.buffer`). */
function copyExcerpt(bytes: Uint8Array): Buffer {
  const size = Math.min(bytes.length, MAX_EVENT_BYTES)
  const copy = Buffer.alloc(size)
  copy.set(size === bytes.length ? bytes : bytes.subarray(0, size))
  return copy
}
