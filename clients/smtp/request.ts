/** What can be asked of the SMTP client, and the check that none of it can break out of its place. Pure. */
import { UsageError } from '../../shared/errors.ts'

/** A file that goes with the message (MIME, RFC 2045): one on disk, or its content; its type follows from its name. */
export interface Attachment {
  /** What the recipient sees it called; the file's own name where not given. */
  readonly filename?: string | undefined
  /** The file to attach; or `content`. */
  readonly path?: string | undefined
  readonly content?: string | Uint8Array | undefined
}

/**
 * One message, and to whom. Names and addresses may hold no line ending, or they could add fields or recipients; the
 * message it makes may have 64 MiB, attachments encoded, and 1000 recipients.
 */
export interface SmtpRequest {
  /** `ann@example.org`, `Ann <ann@example.org>`; `<>` for a bounce, which comes from nobody. */
  readonly from: string
  readonly to: string | readonly string[]
  readonly subject?: string | undefined
  readonly text?: string | undefined
  readonly html?: string | undefined
  readonly attachments?: readonly Attachment[] | undefined
  /** A whole message (RFC 5322), sent as it is in the place of subject, text, html and attachments. */
  readonly raw?: string | Uint8Array | undefined
  /** `HOST`, `HOST:PORT`, `[IPv6]:PORT`; without it, the running suite. */
  readonly server?: string | undefined
}

/** The path of a bounce (RFC 5321, section 4.5.5). */
export const NULL_SENDER = '<>'

/** RFC 5321, section 4.5.3.1.8 has servers take 100 recipients; this many are sent in one go at most. */
const MAX_RECIPIENTS = 1000

// A line ending in one of these would begin another header or another command.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/

/**
 * Looks at all that ends up in a header or a command.
 *
 * @throws UsageError quoting what cannot be sent
 */
export function checkRequest(request: SmtpRequest): void {
  const recipients = recipientsOf(request)
  if (recipients.length === 0) throw new UsageError('to: a message needs a recipient')
  if (recipients.length > MAX_RECIPIENTS) throw new UsageError(`to: ${MAX_RECIPIENTS} recipients at most`)
  refuseControl('from', request.from)
  for (const recipient of recipients) refuseControl('to', recipient)
  refuseControl('subject', request.subject)
  for (const { filename } of request.attachments ?? []) refuseControl('attachment', filename)
  const composed = request.text ?? request.html ?? request.attachments ?? request.subject
  if (request.raw !== undefined && composed !== undefined) {
    throw new UsageError('raw: it is a whole message, so it goes without subject, text, html and attachments')
  }
}

/** The recipients as a list, however they were given. */
export function recipientsOf({ to }: SmtpRequest): readonly string[] {
  return typeof to === 'string' ? [to] : to
}

function refuseControl(name: string, value: string | undefined): void {
  if (value === undefined || !CONTROL.test(value)) return
  throw new UsageError(
    `${name}: no line ending or other control character can be in it (given: ${JSON.stringify(value)})`,
  )
}

/** One address of a header: who it is called, and where the mail goes. */
export interface Mailbox {
  readonly name: string
  readonly address: string
}

const NAMED = /^([^<>]*?)\s*<([^<>]*)>$/
// What stands between the brackets of MAIL and RCPT: no space and no bracket, so that no parameter can follow.
const ADDRESS = /^(?:[^\s<>@,;]+@[^\s<>@,;]+|postmaster)$/i

/**
 * Reads one `ann@example.org` or `Ann <ann@example.org>` (RFC 5322, section 3.4, without its older forms).
 *
 * @throws UsageError where it is not exactly one address
 */
export function parseMailbox(where: string, given: string): Mailbox {
  const [, name = '', bracketed] = NAMED.exec(given.trim()) ?? []
  const address = bracketed ?? given.trim()
  if (ADDRESS.test(address)) return { name: name.replace(/^"(.*)"$/, '$1'), address }
  throw new UsageError(
    `${where}: not one mail address: ${JSON.stringify(given)}; as in ann@example.org, Ann <ann@example.org>`,
  )
}
