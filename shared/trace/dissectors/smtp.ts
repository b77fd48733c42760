/**
 * The dissector of SMTP (RFC 5321). The client sends command lines, the server replies of one or more lines in the same order.
 * After a 354 reply the client sends a message that ends with `<CRLF>.<CRLF>`; after a 334 its next line is a secret; after the
 * 220 to STARTTLS all bytes are encrypted, until `startTls` announces decrypted ones.
 *
 * Requests are numbered from 1: each command, each response to a 334, the content of each message. A reply belongs to the
 * oldest request without one; a reply without a request (the greeting, a 421) has number 0.
 */

import { type Direction, type Dissected, type Dissector, singleLine } from '../dissector.ts'
import { type Description, lazyMessage } from '../lazy-message.ts'
import type { Line } from './line-reader.ts'
import { describeContent } from './smtp/content.ts'
import { describeReply, type Reply, ReplyReader } from './smtp/lines.ts'
import { type ContentRequest, type Request, RequestReader } from './smtp/requests.ts'
import { Transaction } from './smtp/transaction.ts'

/** Requests that wait for their replies; beyond this the dissection stops. */
const MAX_PENDING_REQUESTS = 500

/** Codes of a greeting (RFC 5321, section 4.3.2). */
const GREETING_CODES = new Set([220, 421, 554])

/** A request that waits for its reply. */
interface PendingRequest {
  readonly exchange: number
  /** The verb of the command, or `content`. */
  readonly verb: string
}

export function smtpDissector(): Dissector {
  return new SmtpDissector()
}

class SmtpDissector implements Dissector {
  readonly #requests = new RequestReader()
  #replies = new ReplyReader()
  readonly #transaction = new Transaction()
  readonly #pending: PendingRequest[] = []
  #dissected: Dissected[] = []
  #isGreeted = false
  #isStopped = false

  push(direction: Direction, bytes: Uint8Array): readonly Dissected[] {
    if (this.#isOpaque) return NOTHING
    if (direction === 'request') this.#handleRequests(this.#requests.push(bytes))
    else this.#readReplies(bytes)
    return this.#takeDissected()
  }

  end(direction: Direction): readonly Dissected[] {
    if (this.#isOpaque) return NOTHING
    if (direction === 'request') this.#handleRequests(this.#requests.end())
    else this.#endReplies()
    return this.#takeDissected()
  }

  /** Both sides forget what they sent before, also lines that were not complete (RFC 3207, section 4.2). */
  startTls(): void {
    this.#requests.startTls()
    this.#replies = new ReplyReader()
    this.#pending.length = 0
    this.#isGreeted = true
  }

  /** True if the next bytes cannot be dissected. */
  get #isOpaque(): boolean {
    return this.#isStopped || this.#requests.isEncrypted
  }

  #takeDissected(): readonly Dissected[] {
    const dissected = this.#dissected
    this.#dissected = []
    return dissected
  }

  #handleRequests(requests: readonly Request[]): void {
    for (const request of requests) {
      if (this.#isStopped) return
      if (request.kind === 'content') {
        this.#emitContent(request)
        if (request.part === 'message') this.#addPending({ exchange: request.exchange, verb: 'content' })
      } else {
        this.#emitCommand(request.exchange, request.line)
        this.#transaction.command(request.verb, request.line.text)
        this.#addPending(request)
      }
    }
  }

  #addPending({ exchange, verb }: PendingRequest): void {
    this.#pending.push({ exchange, verb })
    if (this.#pending.length <= MAX_PENDING_REQUESTS) return
    this.#emitError(`more than ${MAX_PENDING_REQUESTS} requests wait for a reply; the trace of this connection stops`)
    this.#isStopped = true
  }

  #readReplies(bytes: Uint8Array): void {
    let rest = bytes
    while (rest.length > 0 && !this.#isOpaque) {
      const result = this.#replies.push(rest)
      rest = result.rest
      if (result.reply) this.#handleReply(result.reply)
      if (result.invalid) this.#emitError(`not an SMTP reply: ${result.invalid.text}`)
    }
  }

  #handleReply(reply: Reply): void {
    const request = this.#takePending(reply.code)
    this.#isGreeted = true
    this.#emitReply(request?.exchange ?? 0, reply)
    if (!request) return
    this.#emitState(this.#transaction.reply(request.verb, reply))
    const heldRequests = this.#requests.reply(request.exchange, reply.code)
    if (this.#requests.isEncrypted) this.#emitState('TLS begins')
    this.#handleRequests(heldRequests)
  }

  /** Returns the request that a reply belongs to; undefined if there is none. */
  #takePending(code: number): PendingRequest | undefined {
    const isGreeting = !this.#isGreeted && GREETING_CODES.has(code) && this.#pending[0]?.verb !== 'STARTTLS'
    return isGreeting ? undefined : this.#pending.shift()
  }

  #endReplies(): void {
    const partial = this.#replies.end()
    if (partial) this.#emitError(`incomplete reply: ${partial.text}`)
    this.#emitState(this.#transaction.end())
  }

  #emitCommand(exchange: number, line: Line): void {
    const fields = { kind: 'message', direction: 'request', exchange, size: line.size } as const
    this.#dissected.push(lazyMessage(fields, line, describeLine))
  }

  #emitReply(exchange: number, reply: Reply): void {
    const fields = { kind: 'message', direction: 'response', exchange, size: reply.size } as const
    this.#dissected.push(lazyMessage(fields, reply, describeWholeReply))
  }

  #emitContent({ exchange, excerpt: { bytes, size }, messageSize, part }: ContentRequest): void {
    const fields = { kind: 'transfer', direction: 'request', exchange, size } as const
    this.#dissected.push(lazyMessage(fields, { bytes, messageSize, isComplete: part !== 'incomplete' }, describePart))
  }

  #emitState(summary: string | undefined): void {
    if (summary !== undefined) this.#dissected.push({ kind: 'state', summary: singleLine(summary) })
  }

  #emitError(summary: string): void {
    this.#dissected.push({ kind: 'error', summary: singleLine(summary) })
  }
}

const NOTHING: readonly Dissected[] = []

function describeLine({ text, bytes }: Line): Description {
  return { summary: singleLine(text), bytes }
}

function describeWholeReply(reply: Reply): Description {
  return { summary: singleLine(describeReply(reply)), bytes: reply.bytes }
}

interface Content {
  readonly bytes: Uint8Array
  readonly messageSize: number
  readonly isComplete: boolean
}

function describePart({ bytes, messageSize, isComplete }: Content): Description {
  const description = describeContent(bytes, messageSize)
  return { summary: singleLine(isComplete ? description : `${description}, incomplete`), bytes }
}
