/**
 * A dissector converts the bytes of a connection, in chunks of any size, into messages. It sees both directions, because the
 * meaning of a reply depends on its request. It masks secrets. Pure.
 */

/** `request` is from the client to the server, `response` from the server to the client. */
export type Direction = 'request' | 'response'

/** Maximum number of bytes of one message or transfer that an event contains. */
export const MAX_EVENT_BYTES = 4096

/** A result of a dissector: an event without time, side and conversation. */
export type Dissected =
  | DissectedMessage<'message'>
  | DissectedMessage<'transfer'>
  | DissectedNotice<'state'>
  | DissectedNotice<'error'>

/** `summary` and `bytes` can be getters that compute them on the first read: see `lazyMessage`. */
export interface DissectedMessage<Kind extends string> {
  readonly kind: Kind
  readonly direction: Direction
  readonly exchange: number
  readonly summary: string
  readonly bytes: Uint8Array
  readonly size: number
}

interface DissectedNotice<Kind extends string> {
  readonly kind: Kind
  readonly summary: string
}

export interface Dissector {
  /** The exchange of the current transfer, or else of the last one. Only for protocols with data connections. */
  readonly transferExchange?: number
  /** Takes the next bytes of a direction. Must not throw for any input. */
  push(direction: Direction, bytes: Uint8Array): readonly Dissected[]
  /** Ends a direction; returns incomplete messages too. Called at most once for each direction. */
  end(direction: Direction): readonly Dissected[]
  /** The following bytes are those within TLS, decrypted, as after STARTTLS. Only for protocols that can start TLS. */
  startTls?(): void
}

const EMPTY = Buffer.alloc(0)

/** Stores the first bytes of a message or transfer, and counts all of them. */
export class Excerpt {
  #bytes = EMPTY
  #size = 0

  /** @param size the size on the wire, if `bytes` is itself an excerpt */
  add(bytes: Uint8Array, size = bytes.length): void {
    this.#size += size
    const available = MAX_EVENT_BYTES - this.#bytes.length
    if (available <= 0) return
    const added = bytes.length > available ? bytes.subarray(0, available) : bytes
    this.#bytes = this.#bytes === EMPTY ? Buffer.from(added) : Buffer.concat([this.#bytes, added])
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  /** The number of bytes on the wire. */
  get size(): number {
    return this.#size
  }
}

// Control characters, including C1 (0x80-0x9f), would move the cursor of the terminal that prints a summary.
// biome-ignore lint/suspicious/noControlCharactersInRegex: matches control characters
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g
const MAX_SUMMARY_LENGTH = 300

/** Formats bytes or text as one line for a terminal: escapes control characters and truncates long text. */
export function singleLine(text: string | Uint8Array): string {
  const full = typeof text === 'string' ? text : Buffer.from(text.subarray(0, MAX_SUMMARY_LENGTH * 4)).toString('utf8')
  const truncated = full.length > MAX_SUMMARY_LENGTH ? `${full.slice(0, MAX_SUMMARY_LENGTH)}…` : full
  return truncated.replace(CONTROL, character => ESCAPES[character] ?? `\\x${hex(character)}`)
}

const ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, '0')
}
