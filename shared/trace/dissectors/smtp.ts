/**
 * The dissector of SMTP (RFC 5321). The client sends command lines, the server replies of one or more lines in the same
 * order. After a 354 reply the client sends a message that ends with `<CRLF>.<CRLF>`; after a 334 its next line is a secret;
 * after the 220 to STARTTLS all bytes are encrypted.
 *
 * Requests are numbered in order: each command, each response to a 334, the content of each message. A reply belongs to the
 * oldest request without one; a reply without a request (the greeting, a 421) has number 0. The reply to DATA, AUTH or
 * STARTTLS decides how the next bytes of the client are read, so these bytes are held until then.
 */

import type { Direction } from '../dissector.ts'
import { type Dissected, type Dissector, singleLine } from '../dissector.ts'
import { ContentReader, describeContent } from './smtp/content.ts'
import { type Line, LineReader, maskSecret, type Reply, ReplyReader, SECRET } from './smtp/lines.ts'
import { Transaction } from './smtp/transaction.ts'

/** Bytes held for a client that does not wait for the reply; beyond this, the expected reply is assumed. */
const MAX_HELD_BYTES = 64 * 1024
/** Requests that wait for their replies; beyond this the dissection stops. */
const MAX_WAITING = 10_000

/** Characters of a verb that are kept; no command has more. */
const MAX_VERB = 16

/**
 * How the next bytes of the client are read. `rejected-auth`: a client that did not wait for the reply to AUTH can still send
 * its secrets, so only lines that begin with a known command are shown. `opaque`: not at all.
 */
type Mode = 'commands' | 'content' | 'secret' | 'rejected-auth' | 'opaque'

/** A request whose reply decides how the bytes after it are read. */
interface ModeChange {
  readonly exchange: number
  readonly code: number
  readonly next: Mode
}

interface PendingRequest {
  readonly exchange: number
  /** The verb of the command, or `content`. */
  readonly verb: string
}

/** Commands that change the mode, and the reply code that does so. */
const MODE_CHANGES: Readonly<Record<string, Omit<ModeChange, 'exchange'>>> = {
  DATA: { code: 354, next: 'content' },
  AUTH: { code: 334, next: 'secret' },
  STARTTLS: { code: 220, next: 'opaque' },
}

const KNOWN = new Set('AUTH BDAT DATA EHLO EXPN HELO HELP MAIL NOOP QUIT RCPT RSET STARTTLS VRFY'.split(' '))

/** Codes of a greeting (RFC 5321, section 4.3.2). */
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
  readonly #pending: PendingRequest[] = []
  #dissected: Dissected[] = []
  #mode: Mode = 'commands'
  #change: ModeChange | undefined
  #held: Uint8Array[] = []
  #heldBytes = 0
  #maxHeld = MAX_HELD_BYTES
  /** Bytes missing of a BDAT chunk (RFC 3030). */
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
    const dissected = this.#dissected
    this.#dissected = []
    return dissected
  }

  #request(bytes: Uint8Array): void {
    if (this.#change && this.#hold(bytes)) return
    let rest: Uint8Array = this.#held.length > 0 ? Buffer.concat([...this.#held, bytes]) : bytes
    this.#held = []
    this.#heldBytes = 0
    while (rest.length > 0 && this.#mode !== 'opaque') {
      if (this.#change && this.#hold(rest)) return
      if (this.#change) this.#changeMode(this.#change.next)
      else rest = this.#mode === 'content' || this.#chunk > 0 ? this.#readContent(rest) : this.#readLine(rest)
    }
  }

  /** Holds the bytes until the deciding reply; false if that would be too many. */
  #hold(bytes: Uint8Array): boolean {
    if (this.#heldBytes + bytes.length > this.#maxHeld) return false
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    return true
  }

  /** Reads the next bytes of the client in another mode. */
  #changeMode(mode: Mode): void {
    this.#mode = mode
    this.#change = undefined
  }

  #readLine(bytes: Uint8Array): Uint8Array {
    const { line, rest } = this.#lines.push(bytes)
    if (line) this.#command(line)
    return rest
  }

  #command(line: Line): void {
    const exchange = ++this.#exchange
    const first = (line.text.trim().split(/\s/, 1)[0] ?? '').toUpperCase()
    const isSecret = this.#mode === 'secret' || (this.#mode === 'rejected-auth' && !KNOWN.has(first))
    const masked = isSecret ? { text: SECRET, bytes: Buffer.from(`${SECRET}\r\n`) } : maskSecret(line)
    this.#emitMessage('request', exchange, { ...line, ...masked })
    // The reply to the response to a 334 is like that to AUTH.
    const verb = this.#mode === 'secret' ? 'AUTH' : first.slice(0, MAX_VERB)
    if (!isSecret) this.#mode = 'commands'
    this.#transaction.command(verb, line.text)
    if (verb === 'BDAT') this.#chunk = chunkSize(line.text)
    const change = MODE_CHANGES[verb]
    if (change) this.#change = { exchange, ...change }
    this.#wait({ exchange, verb: /^\s*BDAT\s.*\sLAST\s*$/i.test(line.text) ? 'content' : verb })
  }

  #emitMessage(direction: Direction, exchange: number, { text, bytes, size }: Line): void {
    this.#dissected.push({ kind: 'message', direction, exchange, summary: singleLine(text), bytes, size })
  }

  #wait(request: PendingRequest): void {
    this.#pending.push(request)
    if (this.#pending.length <= MAX_WAITING) return
    this.#dissected.push({
      kind: 'error',
      summary: `more than ${MAX_WAITING} requests wait for a reply; the trace of this connection stops`,
    })
    this.#mode = 'opaque'
  }

  #readContent(bytes: Uint8Array): Uint8Array {
    if (this.#chunk > 0) return this.#readChunk(bytes)
    const rest = this.#content.push(bytes)
    if (!rest) return bytes.subarray(bytes.length)
    const exchange = ++this.#exchange
    this.#emitContent(exchange, '')
    this.#mode = 'commands'
    this.#wait({ exchange, verb: 'content' })
    return rest
  }

  #readChunk(bytes: Uint8Array): Uint8Array {
    const chunk = bytes.subarray(0, this.#chunk)
    this.#content.add(chunk)
    this.#chunk -= chunk.length
    // A chunk and its command have one reply (RFC 3030, section 2).
    if (this.#chunk === 0) this.#emitContent(this.#exchange, '')
    return bytes.subarray(chunk.length)
  }

  #emitContent(exchange: number, note: string): void {
    const { excerpt, messageSize } = this.#content
    const { bytes, size } = excerpt
    this.#content = new ContentReader()
    const summary = singleLine(`${describeContent(bytes, messageSize)}${note}`)
    this.#dissected.push({ kind: 'transfer', direction: 'request', exchange, summary, bytes, size })
  }

  #response(bytes: Uint8Array): void {
    let rest = bytes
    while (rest.length > 0 && this.#mode !== 'opaque') {
      const found = this.#replies.push(rest)
      rest = found.rest
      if (found.reply) this.#reply(found.reply)
      if (found.invalid) this.#error(`not an SMTP reply: ${found.invalid.text}`)
    }
  }

  #error(summary: string): void {
    this.#dissected.push({ kind: 'error', summary: singleLine(summary) })
  }

  #state(summary: string | undefined): void {
    if (summary !== undefined) this.#dissected.push({ kind: 'state', summary: singleLine(summary) })
  }

  #reply(reply: Reply): void {
    const request = this.#takeRequest(reply.code)
    this.#greeted = true
    this.#emitMessage('response', request?.exchange ?? 0, reply)
    if (!request) return
    this.#state(this.#transaction.reply(request.verb, reply))
    if (this.#change?.exchange === request.exchange) this.#decide(this.#change, reply.code)
  }

  /** Changes the mode after the deciding reply and reads the held bytes. */
  #decide({ code, next }: ModeChange, received: number): void {
    const otherwise = next === 'secret' && received >= 400 ? 'rejected-auth' : 'commands'
    this.#changeMode(received === code ? next : otherwise)
    if (this.#mode === 'opaque') this.#state('TLS begins: the rest is encrypted')
    else this.#request(EMPTY)
  }

  /** The request that a reply belongs to; undefined if it has none. */
  #takeRequest(code: number): PendingRequest | undefined {
    const isGreeting = !this.#greeted && GREETINGS.has(code) && this.#pending[0]?.verb !== 'STARTTLS'
    return isGreeting ? undefined : this.#pending.shift()
  }

  /** No more replies can come: reads the held bytes as if the expected reply had come. */
  #endRequests(): void {
    this.#maxHeld = 0
    this.#request(EMPTY)
    if (this.#content.excerpt.size > 0) this.#emitContent(this.#exchange + (this.#chunk > 0 ? 0 : 1), ', incomplete')
    const line = this.#lines.end()
    if (line) this.#command(line)
  }

  #endReplies(): void {
    const partial = this.#replies.end()
    if (partial) this.#error(`incomplete reply: ${partial.text}`)
    this.#state(this.#transaction.end())
  }
}

const EMPTY = new Uint8Array()
const EMPTY_LIST: readonly Dissected[] = []

/** The size of a chunk: `BDAT 1000 LAST` (RFC 3030, section 2); 0 if it is not a number. */
function chunkSize(command: string): number {
  const size = Number(/^\s*\S+\s+(\d{1,15})(?:\s|$)/.exec(command)?.[1])
  return Number.isSafeInteger(size) ? size : 0
}
