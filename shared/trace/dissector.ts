/**
 * A dissector turns the bytes of one conversation into messages. It is pure: bytes come in pieces of any size, messages
 * come out. There is one per connection; it sees both directions, since the meaning of a reply depends on its request. It
 * masks secrets.
 */

/** A client requests, a server responds. */
export type Direction = 'request' | 'response'

/** Bytes of one message or transfer that an event carries at most. */
export const MAX_EVENT_BYTES = 4096

/** The result of a dissector: an event without time, side and conversation. */
export type Dissected =
  | DissectedMessage<'message'>
  | DissectedMessage<'transfer'>
  | DissectedNote<'state'>
  | DissectedNote<'error'>

interface DissectedMessage<Kind extends string> {
  readonly kind: Kind
  readonly direction: Direction
  readonly exchange: number
  readonly summary: string
  readonly bytes: Uint8Array
  readonly size: number
}

interface DissectedNote<Kind extends string> {
  readonly kind: Kind
  readonly summary: string
}

export interface Dissector {
  /** For protocols that transfer content on a separate connection: the exchange of the latest transfer. */
  readonly transferExchange?: number
  /** Takes the next bytes of a direction. Must not throw for any input. */
  push(direction: Direction, bytes: Uint8Array): readonly Dissected[]
  /** Ends a direction: returns what is incomplete too. Called at most once for each direction. */
  end(direction: Direction): readonly Dissected[]
}

const NOTHING: readonly Dissected[] = []

/** Collects the first bytes of a message or transfer, and counts all. */
export class Excerpt {
  #kept = Buffer.alloc(0)
  size = 0

  add(bytes: Uint8Array): void {
    this.size += bytes.length
    const room = MAX_EVENT_BYTES - this.#kept.length
    if (room > 0) this.#kept = Buffer.concat([this.#kept, bytes.subarray(0, room)])
  }

  get bytes(): Uint8Array {
    return this.#kept
  }
}

/** Dissects content without structure, such as an FTP data connection: one transfer for each direction, at its end. */
export function transferDissector(describe: (direction: Direction, size: number) => string): Dissector {
  const excerpts: Record<Direction, Excerpt> = { request: new Excerpt(), response: new Excerpt() }
  return {
    push(direction, bytes) {
      excerpts[direction].add(bytes)
      return NOTHING
    },
    end(direction) {
      const { bytes, size } = excerpts[direction]
      if (size === 0) return NOTHING
      return [{ kind: 'transfer', direction, exchange: 0, summary: describe(direction, size), bytes, size }]
    },
  }
}

// Control characters, C1 (0x80-0x9f) among them, would move the cursor of the terminal that prints a summary.
// biome-ignore lint/suspicious/noControlCharactersInRegex: matches control characters
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g
const MAX_SUMMARY = 300

/** Formats bytes or text as one line for a terminal: escapes control characters, shortens long text. */
export function singleLine(text: string | Uint8Array): string {
  const raw = typeof text === 'string' ? text : Buffer.from(text.subarray(0, MAX_SUMMARY * 4)).toString('utf8')
  const cut = raw.length > MAX_SUMMARY ? `${raw.slice(0, MAX_SUMMARY)}…` : raw
  return cut.replace(CONTROL, character => ESCAPES[character] ?? `\\x${hex(character)}`)
}

const ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, '0')
}
