/**
 * SMTP on the wire (RFC 5321): lines one way, replies of one or more lines the other, in the same order. After a 354
 * the client's bytes are a message until `<CRLF>.<CRLF>`, after a 334 its next line is a secret, after the 220 to
 * STARTTLS nothing can be read any more.
 *
 * Requests are numbered as they come: each command, each answer to a 334, each message's content. A reply belongs to the
 * oldest request without one; what the server says unasked (the greeting, a farewell) has 0. What a client sends after
 * DATA, AUTH or STARTTLS cannot be understood before their reply is known, and is held until then.
 */

import type { Direction } from '../dissector.ts'
import { type Dissected, type Dissector, singleLine } from '../dissector.ts'
import { ContentReader, describeContent } from './smtp/content.ts'
import { type Line, LineReader, maskSecret, type Reply, ReplyReader, SECRET } from './smtp/lines.ts'
import { Transaction } from './smtp/transaction.ts'

/** How much is held back of what a client sends without waiting; past it, the expected reply is taken for granted. */
const MAX_HELD_BYTES = 64 * 1024
/** How many requests may wait for their replies; a client that sends on without reading is not followed further. */
const MAX_WAITING = 10_000

/** No command is longer; of what is, no more is remembered. */
const MAX_VERB = 16

/**
 * How the client's next bytes are to be read. `doubtful`: AUTH was refused, and who did not wait for that may still send
 * its secrets, so that only what begins with a known command is shown. `opaque`: not at all, any more.
 */
type Mode = 'commands' | 'content' | 'secret' | 'doubtful' | 'opaque'

/** A request whose reply decides how the bytes after it are read. */
interface Turn {
  readonly exchange: number
  readonly code: number
  readonly next: Mode
}

interface Waiting {
  readonly exchange: number
  /** The command's first word, or `content`. */
  readonly verb: string
}

/** Commands that turn the conversation, by the code that does so. */
const TURNS: Readonly<Record<string, Omit<Turn, 'exchange'>>> = {
  DATA: { code: 354, next: 'content' },
  AUTH: { code: 334, next: 'secret' },
  STARTTLS: { code: 220, next: 'opaque' },
}

const KNOWN = new Set('AUTH BDAT DATA EHLO EXPN HELO HELP MAIL NOOP QUIT RCPT RSET STARTTLS VRFY'.split(' '))

/** Codes that a server may open the conversation with (RFC 5321, section 4.3.2). */
const GREETINGS = new Set([220, 421, 554])

export function smtpDissector(): Dissector {
  const dissection = new Dissection()
  return {
    push: (direction, bytes) => dissection.push(direction, bytes),
    end: direction => dissection.end(direction),
  }
}

class Dissection {
  readonly #lines = new LineReader()
  readonly #replies = new ReplyReader()
  readonly #transaction = new Transaction()
  #content = new ContentReader()
  readonly #waiting: Waiting[] = []
  #told: Dissected[] = []
  #mode: Mode = 'commands'
  #turn: Turn | undefined
  #held: Uint8Array[] = []
  #heldBytes = 0
  #maxHeld = MAX_HELD_BYTES
  /** What is left of a BDAT chunk (RFC 3030). */
  #chunk = 0
  #exchange = 0
  #greeted = false

  push(direction: Direction, bytes: Uint8Array): readonly Dissected[] {
    if (this.#mode === 'opaque') return EMPTY_LIST
    if (direction === 'request') this.#request(bytes)
    else this.#response(bytes)
    return this.#take()
  }

  end(direction: Direction): readonly Dissected[] {
    if (this.#mode === 'opaque') return EMPTY_LIST
    if (direction === 'request') this.#endRequests()
    else this.#endReplies()
    return this.#take()
  }

  #take(): readonly Dissected[] {
    const told = this.#told
    this.#told = []
    return told
  }

  #request(bytes: Uint8Array): void {
    if (this.#turn && this.#hold(bytes)) return
    let rest: Uint8Array = this.#held.length > 0 ? Buffer.concat([...this.#held, bytes]) : bytes
    this.#held = []
    this.#heldBytes = 0
    while (rest.length > 0 && this.#mode !== 'opaque') {
      if (this.#turn && this.#hold(rest)) return
      if (this.#turn) this.#read(this.#turn.next)
      else rest = this.#mode === 'content' || this.#chunk > 0 ? this.#readContent(rest) : this.#readLine(rest)
    }
  }

  /** Keeps the bytes until the reply that decides; false where that would be too many. */
  #hold(bytes: Uint8Array): boolean {
    if (this.#heldBytes + bytes.length > this.#maxHeld) return false
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    return true
  }

  /** From here on, the client's bytes are read that way. */
  #read(mode: Mode): void {
    this.#mode = mode
    this.#turn = undefined
  }

  #readLine(bytes: Uint8Array): Uint8Array {
    const { line, rest } = this.#lines.push(bytes)
    if (line) this.#command(line)
    return rest
  }

  #command(line: Line): void {
    const exchange = ++this.#exchange
    const first = (line.text.trim().split(/\s/, 1)[0] ?? '').toUpperCase()
    const secret = this.#mode === 'secret' || (this.#mode === 'doubtful' && !KNOWN.has(first))
    const said = secret ? { text: SECRET, bytes: Buffer.from(`${SECRET}\r\n`) } : maskSecret(line)
    this.#tell('request', exchange, { ...line, ...said })
    // The answer to a 334 has a reply like that to AUTH itself.
    const verb = this.#mode === 'secret' ? 'AUTH' : first.slice(0, MAX_VERB)
    if (!secret) this.#mode = 'commands'
    this.#transaction.command(verb, line.text)
    if (verb === 'BDAT') this.#chunk = chunkSize(line.text)
    const turn = TURNS[verb]
    if (turn) this.#turn = { exchange, ...turn }
    this.#wait({ exchange, verb: /^\s*BDAT\s.*\sLAST\s*$/i.test(line.text) ? 'content' : verb })
  }

  #tell(direction: Direction, exchange: number, { text, bytes, size }: Line): void {
    this.#told.push({ kind: 'message', direction, exchange, summary: singleLine(text), bytes, size })
  }

  #wait(request: Waiting): void {
    this.#waiting.push(request)
    if (this.#waiting.length <= MAX_WAITING) return
    this.#told.push({ kind: 'error', summary: `more than ${MAX_WAITING} requests wait for a reply; not followed on` })
    this.#mode = 'opaque'
  }

  #readContent(bytes: Uint8Array): Uint8Array {
    if (this.#chunk > 0) return this.#readChunk(bytes)
    const rest = this.#content.push(bytes)
    if (!rest) return bytes.subarray(bytes.length)
    const exchange = ++this.#exchange
    this.#tellContent(exchange, '')
    this.#mode = 'commands'
    this.#wait({ exchange, verb: 'content' })
    return rest
  }

  #readChunk(bytes: Uint8Array): Uint8Array {
    const chunk = bytes.subarray(0, this.#chunk)
    this.#content.add(chunk)
    this.#chunk -= chunk.length
    // A chunk and its command have one reply between them (RFC 3030, section 2).
    if (this.#chunk === 0) this.#tellContent(this.#exchange, '')
    return bytes.subarray(chunk.length)
  }

  #tellContent(exchange: number, note: string): void {
    const { bytes, size } = this.#content.excerpt
    this.#content = new ContentReader()
    const summary = singleLine(`${describeContent(bytes, size)}${note}`)
    this.#told.push({ kind: 'transfer', direction: 'request', exchange, summary, bytes, size })
  }

  #response(bytes: Uint8Array): void {
    let rest = bytes
    while (rest.length > 0 && this.#mode !== 'opaque') {
      const found = this.#replies.push(rest)
      rest = found.rest
      if (found.reply) this.#reply(found.reply)
      if (found.strange) this.#error(`not an SMTP reply: ${found.strange.text}`)
    }
  }

  #error(summary: string): void {
    this.#told.push({ kind: 'error', summary: singleLine(summary) })
  }

  #state(summary: string | undefined): void {
    if (summary !== undefined) this.#told.push({ kind: 'state', summary: singleLine(summary) })
  }

  #reply(reply: Reply): void {
    const asked = this.#asked(reply.code)
    this.#greeted = true
    this.#tell('response', asked?.exchange ?? 0, reply)
    if (!asked) return
    this.#state(this.#transaction.reply(asked.verb, reply))
    if (this.#turn?.exchange === asked.exchange) this.#decide(this.#turn, reply.code)
  }

  /** The reply that decides is there: what was held is read now. */
  #decide({ code, next }: Turn, got: number): void {
    const refused = next === 'secret' && got >= 400 ? 'doubtful' : 'commands'
    this.#read(got === code ? next : refused)
    if (this.#mode === 'opaque') this.#state('TLS begins: what follows is encrypted')
    else this.#request(EMPTY)
  }

  /** Whose reply this is; undefined where nobody asked. */
  #asked(code: number): Waiting | undefined {
    const opens = !this.#greeted && GREETINGS.has(code) && this.#waiting[0]?.verb !== 'STARTTLS'
    return opens ? undefined : this.#waiting.shift()
  }

  /** No reply to wait for any more: what is held is read as its sender meant it. */
  #endRequests(): void {
    this.#maxHeld = 0
    this.#request(EMPTY)
    if (this.#content.excerpt.size > 0) this.#tellContent(this.#exchange + (this.#chunk > 0 ? 0 : 1), ', broken off')
    const line = this.#lines.end()
    if (line) this.#command(line)
  }

  #endReplies(): void {
    const cut = this.#replies.end()
    if (cut) this.#error(`a reply broken off: ${cut.text}`)
    this.#state(this.#transaction.end())
  }
}

const EMPTY = new Uint8Array()
const EMPTY_LIST: readonly Dissected[] = []

/** RFC 3030, section 2: `BDAT 1000 LAST`. What is no number is no chunk. */
function chunkSize(command: string): number {
  const size = Number(/^\s*\S+\s+(\d{1,15})(?:\s|$)/.exec(command)?.[1])
  return Number.isSafeInteger(size) ? size : 0
}
