/**
 * FTP: the control connection's commands and replies (RFC 959, sections 4.2 and 5.3), and the data connection's content.
 *
 * Exchanges: every command has the next number, from 1. A reply of the form 1yz leaves its command open, any other
 * closes it; replies come in the order of commands, but for STAT's during a transfer. What the server says first, and
 * whatever it says when nothing was asked, has 0.
 */

import type { Direction } from '../dissector.ts'
import { type Dissected, type Dissector, Excerpt, singleLine, transferDissector } from '../dissector.ts'

/** For a data connection: one event for each direction, at its end. */
export function ftpDataDissector(): Dissector {
  return transferDissector((direction, size) => {
    const bytes = `${size} ${size === 1 ? 'byte' : 'bytes'}`
    return direction === 'request' ? `client sent ${bytes}` : `server sent ${bytes}`
  })
}

/** For the control connection. */
export function ftpDissector(): Dissector {
  const talk = new Talk()
  const lines: Record<Direction, Lines> = {
    request: new Lines(line => talk.command(line), isUrgentAbort),
    response: new Lines(
      line => talk.replyLine(line),
      () => false,
    ),
  }
  return {
    get transferExchange() {
      return talk.transferExchange
    },
    push: (direction, bytes) => lines[direction].push(bytes),
    end: direction => [...lines[direction].end(), ...(direction === 'response' ? talk.endOfReplies() : [])],
  }
}

/** One line, with its end: its first bytes, and how many there were. */
interface Line {
  readonly bytes: Uint8Array
  readonly size: number
}

const LF = 0x0a
const CR = 0x0d

/** Cuts one direction's bytes into lines. A line without end is counted on, and no more than an excerpt of it kept. */
class Lines {
  #line = new Excerpt()
  readonly #told: (line: Line) => Dissected[]
  readonly #endsAtCr: (sofar: Uint8Array) => boolean

  constructor(told: (line: Line) => Dissected[], endsAtCr: (sofar: Uint8Array) => boolean) {
    this.#told = told
    this.#endsAtCr = endsAtCr
  }

  push(bytes: Uint8Array): Dissected[] {
    const found: Dissected[] = []
    let from = 0
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] !== LF && !(bytes[at] === CR && this.#isEnd(bytes.subarray(from, at)))) continue
      this.#line.add(bytes.subarray(from, at + 1))
      from = at + 1
      found.push(...this.#take())
    }
    if (from < bytes.length) this.#line.add(bytes.subarray(from))
    return found
  }

  end(): Dissected[] {
    return this.#take()
  }

  #isEnd(more: Uint8Array): boolean {
    if (this.#line.size + more.length > MAX_ABORT_BYTES) return false
    return this.#endsAtCr(Buffer.concat([this.#line.bytes, more]))
  }

  #take(): Dissected[] {
    const { bytes, size } = this.#line
    this.#line = new Excerpt()
    return text(bytes) === '' ? [] : this.#told({ bytes, size })
  }
}

/** ABOR with Telnet's signals before it is not longer than this. */
const MAX_ABORT_BYTES = 16

/**
 * ABOR comes as urgent data, and TCP keeps the last byte of that, the LF, out of the stream; so it ends with its CR. An
 * LF that does come then ends an empty line, which is nothing.
 */
function isUrgentAbort(sofar: Uint8Array): boolean {
  return /^ABOR$/i.test(text(sofar))
}

/** Telnet's signals (RFC 854) are no part of what was said; nor is the line's end. */
function text(bytes: Uint8Array): string {
  const plain = Buffer.from(bytes).toString('latin1')
  const said = plain.replace(/\u00ff(?:[\u00fb-\u00fe][\s\S]|[\u00f0-\u00fa])?/g, '').replace(/\r?\n?$/, '')
  return Buffer.from(said, 'latin1').toString('utf8')
}

interface Asked {
  readonly exchange: number
  readonly verb: string
  /** True once a reply of the form 1yz has come for it. */
  begun: boolean
}

/** How many commands may wait for their reply and still be told apart; nobody asks more without listening. */
const MAX_ASKED = 1000

/** Whose words must not be seen; some servers take a bare CR for the end of a line too. */
const SECRET = /(?:^|\r)\W*(PASS|ACCT)\b/i

/** The commands whose content goes over a data connection (RFC 959, section 4.1.3; RFC 3659, section 7). */
const TRANSFERS: ReadonlySet<string> = new Set(['RETR', 'STOR', 'STOU', 'APPE', 'LIST', 'NLST', 'MLSD'])

/** Keeps which reply answers which command, and who is logged in. */
class Talk {
  #exchange = 0
  #lastTransfer = 0
  readonly #asked: Asked[] = []
  #reply: Reply | undefined
  #greeted = false
  #user = ''
  #loggedIn = false

  /** The first transfer command that is not yet answered to its end, or else the last that was. */
  get transferExchange(): number {
    return this.#asked.find(({ verb }) => TRANSFERS.has(verb))?.exchange ?? this.#lastTransfer
  }

  command(line: Line): Dissected[] {
    const said = text(line.bytes)
    const [verb = ''] = said.trimStart().toUpperCase().split(' ', 1)
    this.#exchange++
    if (this.#asked.length < MAX_ASKED) this.#asked.push({ exchange: this.#exchange, verb, begun: false })
    if (verb === 'USER') this.#user = said.trim().slice('USER '.length)
    const message = { kind: 'message', direction: 'request', exchange: this.#exchange } as const
    const secret = SECRET.exec(said)?.[1]
    if (secret !== undefined) {
      const masked = `${secret.toUpperCase()} ****`
      return [{ ...message, summary: masked, bytes: Buffer.from(`${masked}\r\n`), size: line.size }]
    }
    const told: Dissected = { ...message, summary: singleLine(said), ...line }
    return /^[A-Z]{3,4}$/.test(verb)
      ? [told]
      : [told, { kind: 'error', summary: `no FTP command: ${singleLine(said)}` }]
  }

  replyLine(line: Line): Dissected[] {
    const said = text(line.bytes)
    if (this.#reply) {
      this.#reply.add(line, said)
    } else {
      const [, code, more] = /^([1-5]\d\d)([ -]|$)/.exec(said) ?? []
      if (code === undefined) return [{ kind: 'error', summary: `no FTP reply: ${singleLine(said)}` }]
      this.#reply = new Reply(Number(code), line, said, more !== '-')
    }
    return this.#reply.complete ? this.#answer(this.#reply) : []
  }

  /** A reply of several lines that was broken off is told as far as it came. */
  endOfReplies(): Dissected[] {
    return this.#reply ? this.#answer(this.#reply) : []
  }

  #answer(reply: Reply): Dissected[] {
    this.#reply = undefined
    const asked = this.#takeAsked(reply.code)
    const told: Dissected = {
      kind: 'message',
      direction: 'response',
      exchange: asked?.exchange ?? 0,
      summary: reply.summary,
      bytes: reply.excerpt.bytes,
      size: reply.excerpt.size,
    }
    return [told, ...this.#stateAfter(reply.code, asked)]
  }

  /** The command that a reply with that code answers; undefined where it answers none. */
  #takeAsked(code: number): Asked | undefined {
    if (!this.#greeted && (code === 220 || code === 120 || code === 421)) {
      this.#greeted = code !== 120
      return undefined
    }
    this.#greeted = true
    const index = this.#indexAnswered(code)
    const asked = this.#asked[index]
    if (asked && code < 200) asked.begun = true
    else this.#asked.splice(index, 1)
    if (asked && TRANSFERS.has(asked.verb)) this.#lastTransfer = asked.exchange
    return asked
  }

  /** The first that waits; but STAT is answered while the transfer before it goes on (RFC 959, section 4.1.3). */
  #indexAnswered(code: number): number {
    if (!this.#asked[0]?.begun || code < 211 || code > 213) return 0
    return Math.max(
      0,
      this.#asked.findIndex(asked => asked.verb === 'STAT'),
    )
  }

  #stateAfter(code: number, asked: Asked | undefined): Dissected[] {
    if (code === 230) {
      this.#loggedIn = true
      return [{ kind: 'state', summary: singleLine(`logged in as ${this.#user}`) }]
    }
    const ends = code === 221 || code === 421 || (asked?.verb === 'USER' && code === 331)
    if (!ends || !this.#loggedIn) return []
    this.#loggedIn = false
    return [{ kind: 'state', summary: 'logged out' }]
  }
}

/** A reply of one line or several (RFC 959, section 4.2): the last begins with the first one's code and a space. */
class Reply {
  readonly code: number
  readonly excerpt = new Excerpt()
  readonly #first: string
  #lines = 1
  complete: boolean

  constructor(code: number, line: Line, said: string, complete: boolean) {
    this.code = code
    this.#first = said
    this.complete = complete
    this.#keep(line)
  }

  add(line: Line, said: string): void {
    this.#lines++
    this.#keep(line)
    this.complete = said === String(this.code) || said.startsWith(`${this.code} `)
  }

  get summary(): string {
    return this.#lines === 1 ? singleLine(this.#first) : `${singleLine(this.#first)} (${this.#lines} lines)`
  }

  #keep({ bytes, size }: Line): void {
    this.excerpt.add(bytes)
    this.excerpt.size += size - bytes.length
  }
}
