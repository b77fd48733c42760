/** The result of sending a message. Pure. */
import { RefusedError } from '../../shared/errors.ts'
import { formatAddress } from '../../shared/net/address.ts'
import type { Location } from '../../shared/service.ts'

/** A reply of the server (RFC 5321, section 4.2): `{ code: 550, text: '5.7.1 Relaying denied' }`. */
export interface SmtpReply {
  readonly code: number
  readonly text: string
}

/**
 * A recipient that does not get the message, with the server's reply. If no server replied, code and text are the client's:
 * 556 if the domain accepts no mail, 451 if its mail exchangers cannot be reached.
 */
export interface RejectedRecipient extends SmtpReply {
  readonly address: string
}

/** A session with one server that accepted the message. */
export interface SmtpSession {
  readonly server: Location
  /** The name of the mail exchanger; undefined without `mx`. */
  readonly exchanger?: string | undefined
  /** True if the message was sent over TLS. */
  readonly encrypted: boolean
  readonly accepted: readonly string[]
  readonly rejected: readonly RejectedRecipient[]
  /** The reply to the message. */
  readonly response: SmtpReply
}

/** The result of sending a message: the accepted and the rejected recipients, and the reply of the server. */
export interface SendResult {
  /** The Message-ID header with its angle brackets; `''` if a raw message has none. */
  readonly messageId: string
  /** The sender (`''` for a bounce) and the recipients that the client named in MAIL and RCPT. */
  readonly envelope: { readonly from: string; readonly to: readonly string[] }
  /** The accepted recipients of all sessions. */
  readonly accepted: readonly string[]
  readonly rejected: readonly RejectedRecipient[]
  /** Bytes of the message as sent, before dot-stuffing. */
  readonly size: number
  /** The server and the reply of the first session. */
  readonly server: Location
  readonly response: SmtpReply
  /** One session; with `mx`, one for each group of recipients with the same domain. */
  readonly sessions: readonly SmtpSession[]
}

/** Parses a reply of one or more lines; their texts are joined. */
export function parseReply(reply: string): SmtpReply {
  const lines = reply.split(/\r?\n/)
  const text = lines.map(line => line.replace(/^\d{3}[ -]?/, '')).join(' ')
  return { code: Number(lines[0]?.slice(0, 3)) || 0, text: text.trim() }
}

/** Formats a result as text: each session's reply and recipients, then those that no server has accepted mail for. */
export function describeResult({ sessions, rejected, size }: SendResult): string {
  const withReply = new Set(sessions.flatMap(session => session.rejected))
  const lines = [
    ...sessions.flatMap(session => [
      describeReply(session),
      `  sent      ${size} bytes`,
      ...session.accepted.map(address => `  accepted  ${address}`),
      ...session.rejected.map(describeRefusal),
    ]),
    ...rejected.filter(recipient => !withReply.has(recipient)).map(describeRefusal),
  ]
  return lines.join('\n')
}

function describeReply({ response: { code, text }, exchanger, server }: SmtpSession): string {
  return `${code} ${text}${exchanger === undefined ? '' : ` (${exchanger}, ${formatAddress(server)})`}`
}

function describeRefusal(recipient: RejectedRecipient): string {
  return `  refused   ${describeRejected(recipient)}`
}

/** Returns an error if some of the recipients were rejected; undefined if all were accepted. */
export function partialFailure({ accepted, rejected }: SendResult): RefusedError | undefined {
  const [first] = rejected
  if (!first) return undefined
  const rejectedPart = `${rejected.length} of ${rejected.length + accepted.length} recipients`
  const message = `sent, but ${rejectedPart} refused: ${rejected.map(describeRejected).join('; ')}`
  return new RefusedError(first.code, first.text, { message })
}

/** Every recipient was rejected. `code` and `text` are those of one of them; of a temporary one, if there is one. */
export class RecipientsRefusedError extends RefusedError {
  readonly rejected: readonly RejectedRecipient[]

  constructor(rejected: readonly RejectedRecipient[], { code, text }: SmtpReply, cause?: unknown) {
    const message = `not sent, every recipient refused: ${rejected.map(describeRejected).join('; ')}`
    super(code, text, { message, cause })
    this.rejected = rejected
  }
}

/** `bob@example.org: 550 5.1.1 No such user` */
export function describeRejected({ address, code, text }: RejectedRecipient): string {
  return `${address}: ${code} ${text}`
}
