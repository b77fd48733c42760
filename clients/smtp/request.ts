/** A request to the SMTP client, and its validation. Pure. */
import { UsageError } from '../../shared/errors.ts'

/** An attachment (MIME, RFC 2045): a file, or its content. The media type follows from the name. */
export interface Attachment {
  /** The name that the recipient sees. Default: the name of the file. */
  readonly filename?: string | undefined
  /** The file to attach. Give this or `content`. */
  readonly path?: string | undefined
  readonly content?: string | Uint8Array | undefined
}

/**
 * A message and its recipients (at most 1000). Names and addresses cannot contain line endings, which could add header fields
 * or recipients. With encoded attachments, the message can have up to 64 MiB.
 */
export interface SmtpRequest {
  /** `ann@example.org`, `Ann <ann@example.org>`, or `<>` for a bounce. */
  readonly from: string
  readonly to: string | readonly string[]
  readonly subject?: string | undefined
  readonly text?: string | undefined
  readonly html?: string | undefined
  readonly attachments?: readonly Attachment[] | undefined
  /** A whole message (RFC 5322), instead of subject, text, html and attachments. Line endings are sent as CRLF. */
  readonly raw?: string | Uint8Array | undefined
  /** `HOST`, `HOST:PORT` or `[IPv6]:PORT`. Default: the running suite. */
  readonly server?: string | undefined
}

/** The null reverse-path, the sender of bounces (RFC 5321, section 4.5.5). */
export const NULL_SENDER = '<>'

/** Servers accept at least 100 (RFC 5321, section 4.5.3.1.8). */
const MAX_RECIPIENTS = 1000

// A line ending would begin another header field or another command.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the regular expression finds control characters
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/

/**
 * Validates everything that becomes part of a header or a command.
 *
 * @throws UsageError that quotes the invalid part
 */
export function validateRequest(request: SmtpRequest): void {
  const recipients = recipientsOf(request)
  if (recipients.length === 0)
    throw new UsageError('to: the message has no recipient. Give one address or a list of addresses')
  if (recipients.length > MAX_RECIPIENTS)
    throw new UsageError(`to: ${recipients.length} recipients are too many. A message can have ${MAX_RECIPIENTS}`)
  rejectControlCharacters('from', request.from)
  for (const recipient of recipients) rejectControlCharacters('to', recipient)
  rejectControlCharacters('subject', request.subject)
  for (const { filename } of request.attachments ?? []) rejectControlCharacters('attachment', filename)
  const composed = request.text ?? request.html ?? request.attachments ?? request.subject
  if (request.raw !== undefined && composed !== undefined) {
    throw new UsageError('raw is a whole message. Do not give subject, text, html or attachments with it')
  }
}

/** Returns the recipients as a list. */
export function recipientsOf({ to }: SmtpRequest): readonly string[] {
  return typeof to === 'string' ? [to] : to
}

function rejectControlCharacters(name: string, value: string | undefined): void {
  if (value === undefined || !CONTROL.test(value)) return
  throw new UsageError(
    `${name}: ${JSON.stringify(value)} contains a line ending or another control character. Remove it`,
  )
}

/** An address with its display name, which is `''` if there is none (RFC 5322, section 3.4). */
export interface Mailbox {
  readonly name: string
  readonly address: string
}

const NAME_ADDR = /^([^<>]*?)\s*<([^<>]*)>$/
// The text between the brackets of MAIL and RCPT. Without a space or bracket it cannot add a parameter.
const ADDRESS = /^(?:[^\s<>@,;]+@[^\s<>@,;]+|postmaster)$/i

/**
 * Parses one `ann@example.org` or `Ann <ann@example.org>` (RFC 5322, section 3.4, without its obsolete forms).
 *
 * @throws UsageError if the text is not exactly one address
 */
export function parseMailbox(field: string, text: string): Mailbox {
  const [, name = '', bracketed] = NAME_ADDR.exec(text.trim()) ?? []
  const address = bracketed ?? text.trim()
  if (ADDRESS.test(address)) return { name: name.replace(/^"(.*)"$/, '$1'), address }
  throw new UsageError(
    `${field}: ${JSON.stringify(text)} is not a mail address. Give one address, as in ann@example.org or Ann <ann@example.org>`,
  )
}
