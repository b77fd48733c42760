/** What came of sending a message, and how it is told. Pure. */
import { RefusedError } from '../../shared/errors.ts'
import type { Location } from '../../shared/service.ts'

/** The server's own words: `{ code: 550, text: '5.7.1 Relaying denied' }`. */
export interface ServerWords {
  readonly code: number
  readonly text: string
}

/** Somebody the server did not take mail for (its reply to RCPT, RFC 5321, section 4.1.1.3), and its words. */
export interface RejectedRecipient extends ServerWords {
  readonly address: string
}

/** What became of a message: who gets it, who does not, and what the server said. */
export interface SmtpReply {
  /** The Message-ID header, with its angle brackets; `''` where a raw message was sent. */
  readonly messageId: string
  /** Who the server was told it is from (`''` for a bounce) and for. */
  readonly envelope: { readonly from: string; readonly to: readonly string[] }
  readonly accepted: readonly string[]
  readonly rejected: readonly RejectedRecipient[]
  /** What the server said once it had the message. */
  readonly response: ServerWords
  /** Bytes of the message, before dots were doubled. */
  readonly size: number
  readonly server: Location
}

/** Takes a reply apart; lines after the first are joined to it. */
export function parseResponse(response: string): ServerWords {
  const lines = response.split(/\r?\n/)
  const text = lines.map(line => line.replace(/^\d{3}[ -]?/, '')).join(' ')
  return { code: Number(lines[0]?.slice(0, 3)) || 0, text: text.trim() }
}

/** What a person wants to see. */
export function describeReply({ response, accepted, rejected, size }: SmtpReply): string {
  const lines = [
    `${response.code} ${response.text}`,
    `  sent      ${size} bytes`,
    ...accepted.map(address => `  accepted  ${address}`),
    ...rejected.map(refused => `  refused   ${describeRefused(refused)}`),
  ]
  return lines.join('\n')
}

/** The error for a message that went to some of its recipients only. */
export function partlyRefused({ accepted, rejected }: SmtpReply): RefusedError | undefined {
  const [first] = rejected
  if (!first) return undefined
  const some = `${rejected.length} of ${rejected.length + accepted.length} recipients`
  const message = `sent, but ${some} refused: ${rejected.map(describeRefused).join('; ')}`
  return new RefusedError(first.code, first.text, { message })
}

/** `bob@example.org: 550 5.1.1 No such user` */
export function describeRefused({ address, code, text }: RejectedRecipient): string {
  return `${address}: ${code} ${text}`
}
