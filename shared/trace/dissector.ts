/**
 * A dissector turns one conversation's bytes into what was said. It is pure: bytes come in, in any pieces; messages go
 * out. One exists per connection; it sees both directions, since what a reply means depends on what was asked. It masks
 * secrets before anything leaves it.
 */

/** A client requests, a server responds. */
export type Direction = 'request' | 'response'

/** How many bytes of one message or transfer an event carries at most. */
export const MAX_EVENT_BYTES = 4096

/** What a dissector found. Time, side and conversation are added by whoever fed it. */
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
  /** Where content has a connection of its own: the request that it is moved for. */
  readonly transferExchange?: number
  /** Takes the next bytes that went in that direction. Never throws, whatever the bytes are. */
  push(direction: Direction, bytes: Uint8Array): readonly Dissected[]
  /** That direction has ended: what was begun is told as it stands. Called at most once for each direction. */
  end(direction: Direction): readonly Dissected[]
}

const NOTHING: readonly Dissected[] = []

/** Collects the excerpt of a message or transfer of any length: its first bytes, and how many there were. */
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

/** For content with no structure of its own, an FTP data connection: counts it, tells it once, at its end. */
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

// Control characters would move the cursor of the terminal that prints a summary; C1 (0x80-0x9f) does so too.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g
const MAX_SUMMARY = 300

/** Makes bytes or text fit for one line on a terminal: escapes control characters, cuts what is too long. */
export function singleLine(text: string | Uint8Array): string {
  const raw = typeof text === 'string' ? text : Buffer.from(text.subarray(0, MAX_SUMMARY * 4)).toString('utf8')
  const cut = raw.length > MAX_SUMMARY ? `${raw.slice(0, MAX_SUMMARY)}…` : raw
  return cut.replace(CONTROL, character => ESCAPES[character] ?? `\\x${hex(character)}`)
}

const ESCAPES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(2, '0')
}
