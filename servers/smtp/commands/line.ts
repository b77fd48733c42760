/** Checks of a command line that do not depend on the state of the session. Pure. */
import { LINE_TOO_LONG, NOT_UTF8, noArgument, type Reply } from '../replies.ts'

/**
 * The longest command line with its CRLF: 512 octets (RFC 5321, section 4.5.3.1.4), and what the announced extensions add:
 * SIZE 26 (RFC 1870), BODY 17 (RFC 6152), SMTPUTF8 10 (RFC 6531), DSN 502 for RCPT (RFC 3461, section 4.5), AUTH 500
 * (RFC 4954, section 3).
 */
export const MAX_COMMAND_LINE = 512 + 26 + 17 + 10 + 502 + 500
/** RFC 4954, section 4: a line of an authentication exchange. */
export const MAX_AUTH_LINE = 12_288
const CRLF_LENGTH = 2

const WITHOUT_ARGUMENT = new Set(['DATA', 'RSET', 'QUIT', 'STARTTLS'])

/** A command line, taken apart. */
export interface CommandLine {
  /** Upper case. */
  readonly verb: string
  /** What follows the verb, without white space around it. */
  readonly argument: string
}

/** Takes a line apart; it is UTF-8, or the reply rejects it. */
export function parseLine(line: Uint8Array): CommandLine | Reply {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(line).trim()
  } catch {
    return NOT_UTF8
  }
  const [verb = ''] = text.split(/\s/, 1)
  return { verb: verb.toUpperCase(), argument: text.slice(verb.length).trim() }
}

/** The reply that rejects a line (given without its CRLF) whatever the state; undefined if there is none. */
export function rejectLine(line: Uint8Array): Reply | undefined {
  const parsed = parseLine(line)
  if ('code' in parsed) return parsed
  const { verb, argument } = parsed
  if (verb !== 'AUTH' && line.length + CRLF_LENGTH > MAX_COMMAND_LINE) return LINE_TOO_LONG
  return argument !== '' && WITHOUT_ARGUMENT.has(verb) ? noArgument(verb) : undefined
}

/** Returns the line without its credentials. */
export function maskCredentials({ verb, argument }: CommandLine): string {
  if (verb !== 'AUTH') return argument === '' ? verb : `${verb} ${argument}`
  const [mechanism = '', initialResponse] = argument.split(/\s+/, 2)
  return `AUTH ${mechanism}${initialResponse === undefined ? '' : ' ****'}`
}
