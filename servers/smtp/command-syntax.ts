/** Checks of a command that do not depend on the state of the session: length, arguments, parameters. Pure. */
import { LINE_TOO_LONG, noArgument, type Reply, unknownParameter } from './replies.ts'

/**
 * The maximum length of a command line with its CRLF: 512 octets (RFC 5321, section 4.5.3.1.4), plus those that the announced
 * extensions add: SIZE 26 (RFC 1870), BODY 17 (RFC 6152), SMTPUTF8 10 (RFC 6531).
 */
export const MAX_COMMAND_LINE = 512 + 26 + 17 + 10
const CRLF_LENGTH = 2

const WITHOUT_ARGUMENT = new Set(['DATA', 'RSET', 'QUIT'])

/** Returns the reply that rejects a line (without its CRLF) in every state; undefined if the line is accepted. */
export function rejectLine(line: Uint8Array): Reply | undefined {
  if (line.length + CRLF_LENGTH > MAX_COMMAND_LINE) return LINE_TOO_LONG
  const [verb = '', argument] = Buffer.from(line).toString('latin1').trim().toUpperCase().split(/\s+/, 2)
  return argument !== undefined && WITHOUT_ARGUMENT.has(verb) ? noArgument(verb) : undefined
}

/** The parameters that the announced extensions define. */
const PARAMETERS: Readonly<Record<'MAIL' | 'RCPT', ReadonlySet<string>>> = {
  MAIL: new Set(['BODY', 'SIZE', 'SMTPUTF8']),
  RCPT: new Set(),
}

/** Returns the reply that rejects the first unknown parameter; undefined if all are known. */
export function rejectParameters(command: 'MAIL' | 'RCPT', parameters: object | false): Reply | undefined {
  const unknown = Object.keys(parameters || {}).find(name => !PARAMETERS[command].has(name))
  return unknown === undefined ? undefined : unknownParameter(unknown)
}
