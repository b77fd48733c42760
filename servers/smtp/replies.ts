/**
 * The replies of this server (RFC 5321, section 4.2), each with its enhanced status code (RFC 3463) in the text, and those
 * that replace replies of smtp-server. Pure.
 */
import type { PathProblem } from './commands/path.ts'
import type { ContentProblem, Rejection } from './message/data-reader.ts'

export interface Reply {
  readonly code: number
  /** Begins with the enhanced status code: `5.7.1 Relaying denied`. */
  readonly text: string
  /** Further lines. */
  readonly more?: readonly string[]
  /** True if the server ends the session after a reply other than 421. */
  readonly endsSession?: boolean
}

const reply = (code: number, text: string): Reply => ({ code, text })

export const SENDER_OK = reply(250, '2.1.0 Sender accepted')
export const RECIPIENT_OK = reply(250, '2.1.5 Recipient accepted')
export const START_DATA = reply(354, 'End data with <CR><LF>.<CR><LF>')
export const RESET_OK = reply(250, '2.0.0 Reset')
export const NOTHING_DONE = reply(250, '2.0.0 OK')

export const BAD_HELLO = reply(501, '5.5.4 Syntax: EHLO or HELO with a host name')
export const BAD_HOST_NAME = reply(501, '5.5.4 Not a host name')
export const ALREADY_STARTED = reply(503, '5.5.1 A mail transaction is open; RSET ends it')
export const NEED_MAIL = reply(503, '5.5.1 Send MAIL first')
export const NEED_RCPT = reply(503, '5.5.1 No valid recipient; send RCPT first')
export const NEED_HELLO = reply(503, '5.5.1 Send EHLO or HELO first')
export const NEED_STARTTLS = reply(538, '5.7.11 Send STARTTLS first: credentials need encryption')
export const NEED_TLS = reply(538, '5.7.11 Credentials need encryption, and this server runs without TLS')
export const TLS_ACTIVE = reply(503, '5.5.1 TLS is active already')
export const NEED_AUTH = reply(530, '5.7.0 Authentication required')
export const NEED_SMTPUTF8 = reply(553, '5.6.7 The address has characters that need SMTPUTF8 on MAIL')
export const TOO_MANY_RECIPIENTS = reply(452, '4.5.3 Too many recipients; send the message again for the others')
export const RELAYING_DENIED = reply(550, '5.7.1 Relaying denied')
export const MAILBOX_FULL = reply(452, '4.2.2 The mailbox is full, try again later')
export const STORE_FULL = reply(452, '4.3.1 No room for the message, try again later')
export const TOO_MUCH_IN_TRANSIT = reply(452, '4.3.1 Too many messages at once, try again later')
export const LOCAL_ERROR = reply(451, '4.3.0 The message could not be stored, try again later')
export const COMMAND_FAILED = reply(451, '4.3.0 The command failed, try again later')
export const LINE_TOO_LONG = reply(500, '5.5.2 Line too long')
export const BAD_CHUNK = reply(501, '5.5.4 Syntax: BDAT SIZE [LAST]')
export const NEED_CHUNK = reply(503, '5.5.1 BDAT began the message; send BDAT or RSET')
export const CHUNK_DISCARDED = reply(503, '5.5.1 The message has failed; the chunk is discarded')
export const NO_VRFY_ADDRESS = reply(501, '5.5.4 Syntax: VRFY address')
export const CANNOT_VERIFY = reply(252, '2.0.0 Cannot verify; send mail and see')
export const NOT_UTF8 = reply(501, '5.5.2 The line is not valid UTF-8')

/** RFC 3463: 5.7.1, the sender is not authorized. */
export const ACCOUNT_REMOVED = reply(550, '5.7.1 The account of this session was removed; connect and sign in again')
export const AUTH_FAILED = reply(535, '5.7.8 User name or password is wrong')
export const BAD_AUTH = reply(501, '5.5.4 Syntax: AUTH mechanism [initial-response]')
export const UNKNOWN_MECHANISM = reply(504, '5.5.4 Unknown mechanism; the reply to EHLO lists the mechanisms')
/** RFC 4954, section 4: 5.5.2 if the response cannot be decoded. */
export const BAD_CREDENTIALS = reply(501, '5.5.2 The credentials are malformed')
export const NO_USER_NAME = reply(501, '5.5.2 The user name is empty')
export const AUTH_CANCELED = reply(501, '5.7.0 Sign-in canceled')
export const SIGNED_IN = reply(503, '5.5.1 This session is signed in already')
/** RFC 4954, section 6: the server cannot verify credentials now. */
export const AUTH_UNAVAILABLE = reply(454, '4.7.0 Credentials cannot be verified now, try again later')
export const AUTH_BUSY = reply(454, '4.7.0 Too many sign-ins at once, try again later')

export const HELP: Reply = {
  code: 214,
  text: '2.0.0 HELO EHLO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT AUTH STARTTLS',
  more: ['2.0.0 RFC 5321 specifies them: https://www.rfc-editor.org/rfc/rfc5321'],
}

/** The server ends the session after these (RFC 5321, section 3.8). */
export const ENDLESS_LINE = reply(421, '4.5.2 Line too long, goodbye')
export const TOO_MANY_ERRORS = reply(421, '4.7.0 Too many errors')
export const TOO_MANY_IDLE_COMMANDS = reply(421, '4.7.0 Too many commands without mail')
export const TOO_MANY_FAILED_SIGN_INS = reply(421, '4.7.0 Too many failed sign-ins')
export const COMMAND_TIMEOUT = reply(421, '4.4.2 No command for too long')
export const DATA_TIMEOUT = reply(421, '4.4.2 The message takes too long')

/** The text of the reply to a message that the store has. */
export function messageStored(id: string): string {
  return `2.6.0 Message kept as ${id}`
}

/** RFC 3030, section 2: the reply to each chunk but the last. */
export function chunkReceived(length: number): Reply {
  return reply(250, `2.0.0 ${length} bytes received`)
}

export function tooBig(maxSize: number): Reply {
  return reply(552, `5.3.4 The message is larger than ${maxSize} bytes`)
}

/** Ends the session of a client that sends far more than a message may have. */
export function tooMuchContent(maxSize: number): Reply {
  return { ...tooBig(maxSize), endsSession: true }
}

/** The reply to HELO and EHLO, which has no enhanced status code (RFC 2034, section 3). */
export function greeting(
  { name, client }: { readonly name: string; readonly client: string },
  extensions: readonly string[],
): Reply {
  return { code: 250, text: `${name} greets ${client}`, more: extensions }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a control character in a reply could split it in two
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g

/** Formats a reply as it is sent, without the last CRLF (RFC 5321, section 4.2.1). */
export function formatReply({ code, text, more = [] }: Reply): string {
  const lines = [text, ...more]
  return lines
    .map((line, index) => `${code}${index < lines.length - 1 ? '-' : ' '}${line.replace(CONTROL, ' ')}`)
    .join('\r\n')
}

/** What each problem of a message means, with the way out. */
const CONTENT_PROBLEMS: Readonly<Record<ContentProblem, string>> = {
  'bare CR': 'has a CR without LF',
  'bare LF': 'has a LF without CR; lines end with CRLF',
  NUL: 'has a NUL byte',
}

/** The reply to a message whose content was rejected. */
export function contentRejected(rejection: Rejection, maxSize: number): Reply {
  switch (rejection.reason) {
    case 'too big':
      return tooBig(maxSize)
    case 'no memory':
      return TOO_MUCH_IN_TRANSIT
    case 'malformed':
      return reply(554, `5.6.0 Line ${rejection.line} of the message ${CONTENT_PROBLEMS[rejection.problem]}`)
  }
}

/** RFC 3463: 5.1.7 for the sender's address, 5.1.3 for a recipient's. */
export function badPath(keyword: 'FROM' | 'TO', problem: PathProblem): Reply {
  const verb = keyword === 'FROM' ? 'MAIL' : 'RCPT'
  if (problem === 'syntax') return reply(501, `5.5.4 Syntax: ${verb} ${keyword}:<address> [parameters]`)
  const status = keyword === 'FROM' ? '5.1.7' : '5.1.3'
  return reply(553, problem === 'length' ? `${status} Address too long` : `${status} Not a valid address`)
}

/** RFC 5321, section 4.1.1.11: 555 for a parameter that no announced extension defines. */
export function unknownParameter(name: string): Reply {
  return reply(555, `5.5.4 The parameter ${name} is not implemented`)
}

/** A parameter with a value that it must not have, or given twice. */
export function badParameter(name: string): Reply {
  return reply(501, `5.5.4 Invalid value of the parameter ${name}`)
}

/** RFC 5321, section 4.1.1: these commands take no argument. */
export function noArgument(verb: string): Reply {
  return reply(501, `5.5.4 ${verb} takes no argument`)
}

/** Sent when the server ends the session, whatever the command (RFC 5321, section 4.2.1). */
export function shuttingDown(name: string): Reply {
  return reply(421, `4.3.2 ${name} is shutting down`)
}

/** The line sent in place of the greeting, so without an enhanced code (RFC 2034, section 3). */
export function tooManyClients(name: string): string {
  return `421 ${name} has too many clients, try again later\r\n`
}

/** The line sent in place of the greeting if the store cannot be opened. */
export function storeUnavailable(name: string): string {
  return `421 ${name} cannot open its store, try again later\r\n`
}

/** Commands of the RFCs that are not implemented: they get 502, unknown commands get 500 (RFC 5321, section 4.2.4). */
const NOT_IMPLEMENTED = new Set(['AUTH', 'ETRN', 'EXPN', 'SAML', 'SEND', 'SOML', 'STARTTLS', 'TURN'])

interface Replacement {
  readonly code: number
  /** The beginning of smtp-server's text. */
  readonly prefix: string
  readonly reply: (verb: string) => Reply
}

/**
 * Every reply that smtp-server can send here, except its greeting, 220 to STARTTLS, 221 to QUIT, and 334 and 235 to AUTH: those
 * have plain words and the right codes.
 */
const REPLACEMENTS: readonly Replacement[] = [
  { code: 500, prefix: 'Error: command not recognized', reply: unrecognized },
  { code: 503, prefix: 'Error: send HELO/EHLO first', reply: () => NEED_HELLO },
  { code: 530, prefix: 'Error: authentication Required', reply: () => NEED_AUTH },
  { code: 421, prefix: 'Error: too many', reply: () => TOO_MANY_ERRORS },
  { code: 421, prefix: 'HTTP requests', reply: () => reply(421, '4.7.0 This is SMTP, not HTTP') },
  { code: 451, prefix: 'Error: internal server error', reply: () => COMMAND_FAILED },
  { code: 503, prefix: 'Error: TLS already active', reply: () => TLS_ACTIVE },
  { code: 503, prefix: 'Error: No identity changes', reply: () => SIGNED_IN },
  { code: 504, prefix: 'Error: Unrecognized authentication', reply: () => UNKNOWN_MECHANISM },
  { code: 501, prefix: 'Error: syntax: AUTH', reply: () => BAD_AUTH },
  { code: 501, prefix: 'Error: invalid userdata', reply: () => BAD_CREDENTIALS },
  { code: 501, prefix: 'Error: missing username', reply: () => NO_USER_NAME },
  { code: 501, prefix: 'Authentication aborted', reply: () => AUTH_CANCELED },
]

function unrecognized(verb: string): Reply {
  if (NOT_IMPLEMENTED.has(verb)) return reply(502, `5.5.1 ${verb} is not implemented`)
  return reply(500, '5.5.2 Command not recognized')
}

/** The reply that replaces one of smtp-server; undefined if that is good. */
export function replacementFor(code: number, text: string, verb: string): Reply | undefined {
  const found = REPLACEMENTS.find(entry => entry.code === code && text.startsWith(entry.prefix))
  return found?.reply(verb)
}

/** True if the text begins with an enhanced status code (RFC 3463, section 2). */
export function hasEnhancedCode(text: string): boolean {
  return /^[245]\.\d{1,3}\.\d{1,3} /.test(text)
}
