/**
 * The replies of this server (RFC 5321, section 4.2), with enhanced status codes (RFC 3463), and the replies that replace those
 * of smtp-server. Pure.
 */

export interface Reply {
  readonly code: number
  /** Begins with the enhanced status code: `5.7.1 Relaying denied`. */
  readonly text: string
}

/** A negative reply to a command or a message. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError'
  /** smtp-server reads the reply code from this property. */
  readonly responseCode: number

  constructor({ code, text }: Reply) {
    super(text)
    this.responseCode = code
  }
}

export const RELAYING_DENIED: Reply = { code: 550, text: '5.7.1 Relaying denied' }
export const MAILBOX_FULL: Reply = { code: 452, text: '4.3.1 No room for the message, try again later' }
export const LOCAL_ERROR: Reply = { code: 451, text: '4.3.0 The message could not be kept, try again later' }
export const LINE_TOO_LONG: Reply = { code: 500, text: '5.5.2 Line too long' }

/** Returns the text of the reply to a stored message. */
export function messageStored(id: string): string {
  return `2.6.0 Message kept as ${id}`
}

export function tooBig(maxSize: number): Reply {
  return { code: 552, text: `5.3.4 The message is larger than ${maxSize} bytes` }
}

/** RFC 5321, section 4.1.1.11: 555 for a parameter that no announced extension defines. */
export function unknownParameter(name: string): Reply {
  return { code: 555, text: `5.5.4 The parameter ${name} is not implemented` }
}

/** RFC 5321, section 4.1.1: these commands take no argument. */
export function noArgument(verb: string): Reply {
  return { code: 501, text: `5.5.4 ${verb} takes no argument` }
}

/** Sent when the server ends the session, whatever the command (RFC 5321, section 4.2.1). */
export function shuttingDown(name: string): Reply {
  return { code: 421, text: `4.3.2 ${name} is shutting down` }
}

/** Returns the line that is sent instead of the greeting, so without an enhanced code (RFC 2034, section 3). */
export function tooManyClients(name: string): string {
  return `421 ${name} has too many clients, try again later\r\n`
}

/** Commands of the RFCs that are not implemented: they get 502, unknown commands get 500 (RFC 5321, section 4.2.4). */
const NOT_IMPLEMENTED = new Set(['AUTH', 'BDAT', 'ETRN', 'EXPN', 'SAML', 'SEND', 'SOML', 'STARTTLS', 'TURN'])

interface Replacement {
  readonly code: number
  /** The beginning of smtp-server's text. */
  readonly prefix: string
  readonly reply: (verb: string) => Reply
}

const REPLACEMENTS: readonly Replacement[] = [
  { code: 500, prefix: 'Error: command not recognized', reply: unrecognized },
  { code: 252, prefix: 'Try to send', reply: () => ({ code: 252, text: '2.0.0 Cannot verify; send mail and see' }) },
  { code: 421, prefix: 'Error: too many unrec', reply: () => ({ code: 421, text: '4.7.0 Too many unknown commands' }) },
  { code: 421, prefix: 'Error: Command line', reply: () => ({ code: 421, text: '4.5.2 Line too long, goodbye' }) },
  { code: 421, prefix: 'HTTP requests', reply: () => ({ code: 421, text: '4.7.0 This is SMTP, not HTTP' }) },
  { code: 421, prefix: 'Timeout', reply: () => ({ code: 421, text: '4.4.2 Silent for too long, goodbye' }) },
]

function unrecognized(verb: string): Reply {
  if (NOT_IMPLEMENTED.has(verb)) return { code: 502, text: `5.5.1 ${verb} is not implemented` }
  return { code: 500, text: '5.5.2 Command not recognized' }
}

/** Returns the reply that replaces one of smtp-server; undefined if that reply is sent unchanged. */
export function replacementFor(code: number, text: string, verb: string): Reply | undefined {
  const replacement = REPLACEMENTS.find(entry => entry.code === code && text.startsWith(entry.prefix))
  return replacement?.reply(verb)
}

/** Returns true if the text begins with an enhanced status code (RFC 3463, section 2). */
export function hasEnhancedCode(text: string): boolean {
  return /^[245]\.\d{1,3}\.\d{1,3} /.test(text)
}
