/** Command lines: taken apart, and checked as far as that does not depend on the state of the session. Pure. */
import { isUtf8 } from 'node:buffer'
import { BAD_AUTH, LINE_TOO_LONG, NOT_UTF8, noArgument, type Reply } from '../replies.ts'

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

/** Takes a line apart; undefined if it is not UTF-8. */
export function parseLine(line: Buffer): CommandLine | undefined {
  if (!isUtf8(line)) return undefined
  const text = line.toString('utf8').trim()
  const end = text.search(/\s/)
  if (end < 0) return { verb: text.toUpperCase(), argument: '' }
  return { verb: text.slice(0, end).toUpperCase(), argument: text.slice(end).trimStart() }
}

/**
 * Returns the reply that rejects a line whatever the state; undefined if it is good.
 *
 * @param length bytes of the line without its CRLF
 */
export function rejectLine(command: CommandLine | undefined, length: number): Reply | undefined {
  if (!command) return NOT_UTF8
  const { verb, argument } = command
  if (verb !== 'AUTH' && length + CRLF_LENGTH > MAX_COMMAND_LINE) return LINE_TOO_LONG
  if (verb === 'AUTH' && argument === '') return BAD_AUTH
  return argument !== '' && WITHOUT_ARGUMENT.has(verb) ? noArgument(verb) : undefined
}

/** Returns the line without its credentials. */
export function maskCredentials({ verb, argument }: CommandLine): string {
  if (verb !== 'AUTH') return argument === '' ? verb : `${verb} ${argument}`
  const [mechanism = '', initialResponse] = argument.split(/\s+/, 2)
  return `AUTH ${mechanism}${initialResponse === undefined ? '' : ' ****'}`
}
