/** A request to the SMTP client, and its validation. Pure. */
import { UsageError } from '../../shared/errors.ts'
import type { TlsVerification } from '../../shared/net/connect-tls.ts'

/** An attachment (MIME, RFC 2045): a file, or its content. The media type follows from the name. */
export interface Attachment {
  /** The name that the recipient sees. Default: the name of the file. */
  readonly filename?: string | undefined
  /** The file to attach. Give this or `content`. */
  readonly path?: string | undefined
  readonly content?: string | Uint8Array | undefined
  /** The Content-ID of an inline image: the HTML shows it with `<img src="cid:logo.png">` (RFC 2392). */
  readonly cid?: string | undefined
}

/** User name and password for AUTH (RFC 4954). */
export interface Credentials {
  readonly user: string
  readonly password: string
}

/** Requests delivery status notifications (RFC 3461). */
export interface DsnRequest {
  /** The events to notify the sender of, for all recipients. Default: the server decides, usually `failure` and `delay`. */
  readonly notify?: 'never' | readonly ('success' | 'failure' | 'delay')[] | undefined
  /** What a notification of a failure returns: the whole message, or its header. */
  readonly ret?: 'full' | 'hdrs' | undefined
  /** The name of this transaction in notifications: up to 100 printable ASCII characters. */
  readonly envid?: string | undefined
}

/**
 * How to encrypt the connection: `implicit` from the first byte (RFC 8314), `starttls` always (RFC 3207), `opportunistic` with
 * STARTTLS if the server offers it.
 */
export type SmtpEncryption = 'implicit' | 'starttls' | 'opportunistic'

/**
 * A message and its recipients (at most 1000). Names and addresses cannot contain line endings, which could add header fields
 * or recipients. With encoded attachments, the message can have up to 64 MiB.
 */
export interface SmtpRequest {
  /** `ann@example.org`, `Ann <ann@example.org>`, or `<>` for a bounce. */
  readonly from: string
  readonly to?: string | readonly string[] | undefined
  readonly cc?: string | readonly string[] | undefined
  /** Recipients that the header does not name. */
  readonly bcc?: string | readonly string[] | undefined
  readonly subject?: string | undefined
  readonly text?: string | undefined
  readonly html?: string | undefined
  readonly attachments?: readonly Attachment[] | undefined
  /**
   * A whole message (RFC 5322), instead of subject, text, html and attachments. It is sent byte for byte, except that a bare CR
   * or LF becomes CRLF, and that the last line ends with CRLF: SMTP has no other line ending (RFC 5321, section 2.3.8).
   */
  readonly raw?: string | Uint8Array | undefined
  /** `HOST`, `HOST:PORT` or `[IPv6]:PORT`. Default: the running suite. */
  readonly server?: string | undefined
  /** True sends to the mail exchangers of each recipient's domain instead of a server; `locateMail` of the options finds them. */
  readonly mx?: boolean | undefined
  /** Default: not encrypted. */
  readonly tls?: SmtpEncryption | undefined
  /** How to verify the certificate. Default: the suite's authority and those of the system. */
  readonly verification?: TlsVerification | undefined
  /** Logs in before sending, over TLS or to this machine only. */
  readonly credentials?: Credentials | undefined
  readonly dsn?: DsnRequest | undefined
}

/** The null reverse-path, the sender of bounces (RFC 5321, section 4.5.5). */
export const NULL_SENDER = '<>'

/** Servers accept at least 100 (RFC 5321, section 4.5.3.1.8). */
const MAX_RECIPIENTS = 1000
const RECIPIENT_FIELDS = ['to', 'cc', 'bcc'] as const

// A line ending would begin another header field or another command.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the regular expression finds control characters
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/

/**
 * Validates everything that becomes part of a header or a command, and that the options do not contradict each other.
 *
 * @throws UsageError that quotes the invalid part
 */
export function validateRequest(request: SmtpRequest): void {
  const count = RECIPIENT_FIELDS.flatMap(field => listOf(request[field])).length
  if (count === 0) throw new UsageError('to: the message has no recipient. Give one address or a list of addresses')
  if (count > MAX_RECIPIENTS)
    throw new UsageError(`to: ${count} recipients are too many. A message can have ${MAX_RECIPIENTS}`)
  rejectControlCharacters('from', request.from)
  for (const field of RECIPIENT_FIELDS)
    for (const recipient of listOf(request[field])) rejectControlCharacters(field, recipient)
  rejectControlCharacters('subject', request.subject)
  for (const attachment of request.attachments ?? []) validateAttachment(attachment)
  const composed = request.text ?? request.html ?? request.attachments ?? request.subject
  if (request.raw !== undefined && composed !== undefined) {
    throw new UsageError('raw is a whole message. Do not give subject, text, html or attachments with it')
  }
  if (request.credentials) validateCredentials(request.credentials)
  if (request.dsn) validateDsn(request.dsn)
  if (request.mx) validateMx(request)
}

/** Returns the recipients of a field as a list. */
export function listOf(recipients: string | readonly string[] = []): readonly string[] {
  return typeof recipients === 'string' ? [recipients] : recipients
}

function rejectControlCharacters(name: string, value: string | undefined): void {
  if (value === undefined || !CONTROL.test(value)) return
  throw new UsageError(
    `${name}: ${JSON.stringify(value)} contains a line ending or another control character. Remove it`,
  )
}

function validateAttachment({ filename, cid }: Attachment): void {
  rejectControlCharacters('attachment', filename)
  if (cid === undefined || /^[^\s<>]+$/.test(cid)) return
  throw new UsageError(
    `cid: ${JSON.stringify(cid)} is not a Content-ID. Give a name without spaces and angle brackets, as in logo.png`,
  )
}

function validateCredentials({ user, password }: Credentials): void {
  for (const [name, value] of Object.entries({ user, password })) {
    // NUL separates the two in AUTH PLAIN (RFC 4616, section 2).
    if (value === '' || value.includes('\0'))
      throw new UsageError(`${name}: it is empty or contains a NUL. Give user and password`)
  }
}

/** Maximum length of ENVID (RFC 3461, section 4.4). */
const MAX_ENVID_LENGTH = 100

function validateDsn({ notify, envid }: DsnRequest): void {
  if (notify?.length === 0) throw new UsageError('notify: the list is empty. Give success, failure, delay, or never')
  if (envid === undefined || (/^[ -~]+$/.test(envid) && envid.length <= MAX_ENVID_LENGTH)) return
  throw new UsageError(
    `envid: ${JSON.stringify(envid)} is not valid. Give 1 to ${MAX_ENVID_LENGTH} printable ASCII characters`,
  )
}

/** A client that delivers by MX is not known to the exchangers: it has no account there, and they listen without TLS. */
function validateMx({ server, tls, credentials }: SmtpRequest): void {
  if (server !== undefined) throw new UsageError('mx finds the servers itself. Do not give a server with it')
  if (tls === 'implicit') throw new UsageError('mx: mail exchangers have no implicit TLS. Use STARTTLS')
  if (credentials) throw new UsageError('mx: mail exchangers have no accounts. Do not give user and password with it')
}
