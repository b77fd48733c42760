/**
 * The replies this server gives (RFC 5321, section 4.2), each with its enhanced status code (RFC 3463) in the text, and
 * the corrections to those that smtp-server would give on its own. Pure.
 */

export interface Reply {
  readonly code: number
  /** Begins with the enhanced status code: `5.7.1 Relaying denied`. */
  readonly text: string
}

/** A reply that refuses what was asked for, thrown to whoever answers. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** The name under which smtp-server looks for the reply code. */
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

export function kept(id: string): string {
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

/** RFC 5321, section 4.2.1: how a server says that it ends the session, whatever was asked. */
export function shuttingDown(name: string): Reply {
  return { code: 421, text: `4.3.2 ${name} is shutting down` }
}

/** In the place of the greeting, so without an enhanced code (RFC 2034, section 3). */
export function tooManyClients(name: string): Reply {
  return { code: 421, text: `${name} has too many clients, try again later` }
}

/** Known to the RFCs, and not to this server: 502 (RFC 5321, section 4.2.4), not the 500 for what nobody knows. */
const NOT_IMPLEMENTED = new Set(['AUTH', 'BDAT', 'ETRN', 'EXPN', 'SAML', 'SEND', 'SOML', 'STARTTLS', 'TURN'])

interface Correction {
  readonly code: number
  /** How the library's own words begin. */
  readonly words: string
  readonly reply: (verb: string) => Reply
}

const CORRECTIONS: readonly Correction[] = [
  { code: 500, words: 'Error: command not recognized', reply: unrecognized },
  { code: 252, words: 'Try to send', reply: () => ({ code: 252, text: '2.0.0 Cannot verify; send mail and see' }) },
  { code: 421, words: 'Error: too many unrec', reply: () => ({ code: 421, text: '4.7.0 Too many unknown commands' }) },
  { code: 421, words: 'Error: Command line', reply: () => ({ code: 421, text: '4.5.2 Line too long, goodbye' }) },
  { code: 421, words: 'HTTP requests', reply: () => ({ code: 421, text: '4.7.0 This is SMTP, not HTTP' }) },
  { code: 421, words: 'Timeout', reply: () => ({ code: 421, text: '4.4.2 Silent for too long, goodbye' }) },
]

function unrecognized(verb: string): Reply {
  if (NOT_IMPLEMENTED.has(verb)) return { code: 502, text: `5.5.1 ${verb} is not implemented` }
  return { code: 500, text: '5.5.2 Command not recognized' }
}

/** What to say in the place of the library's words; undefined where they will do. */
export function correction(code: number, words: string, verb: string): Reply | undefined {
  const found = CORRECTIONS.find(known => known.code === code && words.startsWith(known.words))
  return found?.reply(verb)
}

/** True where the text brings its own enhanced status code (RFC 3463, section 2). */
export function hasEnhancedCode(text: string): boolean {
  return /^[245]\.\d{1,3}\.\d{1,3} /.test(text)
}
