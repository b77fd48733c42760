/** The result of sending a message. Pure. */
import { RefusedError } from '../../shared/errors.ts'
import type { Location } from '../../shared/service.ts'

/** A reply of the server (RFC 5321, section 4.2): `{ code: 550, text: '5.7.1 Relaying denied' }`. */
export interface SmtpReply {
  readonly code: number
  readonly text: string
}

/** A recipient that the server rejected, with its reply to RCPT (RFC 5321, section 4.1.1.3). */
export interface RejectedRecipient extends SmtpReply {
  readonly address: string
}

/** The result of sending a message: the accepted and the rejected recipients, and the reply of the server. */
export interface SendResult {
  /** The Message-ID header with its angle brackets; `''` if a raw message has none. */
  readonly messageId: string
  /** The sender (`''` for a bounce) and the recipients that the client named in MAIL and RCPT. */
  readonly envelope: { readonly from: string; readonly to: readonly string[] }
  readonly accepted: readonly string[]
  readonly rejected: readonly RejectedRecipient[]
  /** The reply to the message. */
  readonly response: SmtpReply
  /** Bytes of the message as sent, before dot-stuffing. */
  readonly size: number
  readonly server: Location
}

/** Parses a reply of one or more lines; their texts are joined. */
export function parseReply(reply: string): SmtpReply {
  const lines = reply.split(/\r?\n/)
  const text = lines.map(line => line.replace(/^\d{3}[ -]?/, '')).join(' ')
  return { code: Number(lines[0]?.slice(0, 3)) || 0, text: text.trim() }
}

/** Formats a result as text. */
export function describeResult({ response, accepted, rejected, size }: SendResult): string {
  const lines = [
    `${response.code} ${response.text}`,
    `  sent      ${size} bytes`,
    ...accepted.map(address => `  accepted  ${address}`),
    ...rejected.map(recipient => `  refused   ${describeRejected(recipient)}`),
  ]
  return lines.join('\n')
}

/** Returns an error if the server rejected some of the recipients; undefined if it accepted all. */
export function partialFailure({ accepted, rejected }: SendResult): RefusedError | undefined {
  const [first] = rejected
  if (!first) return undefined
  const rejectedPart = `${rejected.length} of ${rejected.length + accepted.length} recipients`
  const message = `sent, but ${rejectedPart} refused: ${rejected.map(describeRejected).join('; ')}`
  return new RefusedError(first.code, first.text, { message })
}

/** `bob@example.org: 550 5.1.1 No such user` */
export function describeRejected({ address, code, text }: RejectedRecipient): string {
  return `${address}: ${code} ${text}`
}
