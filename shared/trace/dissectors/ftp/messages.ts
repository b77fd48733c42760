/**
 * Commands and replies of FTP as messages of the trace. The dissector uses it, and the server, which emits what it has read and
 * written itself. Pure.
 */
import { type Dissected, type DissectedMessage, singleLine } from '../../dissector.ts'
import { type Description, lazyMessage } from '../../lazy-message.ts'
import type { Line } from '../line-reader.ts'
import { describeReply, maskSecret, plainVerb, type Reply } from './lines.ts'

/** Their arguments are secrets, which `maskSecret` finds elsewhere in a line too. */
const SECRET_VERBS: ReadonlySet<string> = new Set(['PASS', 'ACCT'])

/** A command line. */
export interface CommandLine {
  /** In upper case. */
  readonly verb: string
  /** Without its secret. */
  readonly line: Line
  /** False if no command begins so. */
  readonly isCommand: boolean
}

/** Parses a command line, and masks its secret. */
export function parseCommandLine(received: Line): CommandLine {
  const plain = plainVerb(received.text)
  if (plain !== undefined) {
    return { verb: plain, line: SECRET_VERBS.has(plain) ? maskSecret(received) : received, isCommand: true }
  }
  const line = maskSecret(received)
  const verb = line.text.trimStart().toUpperCase().replace(/ .*/s, '')
  return { verb, line, isCommand: /^[A-Z]{3,4}$/.test(verb) }
}

export function commandMessage({ line }: CommandLine, exchange: number): DissectedMessage<'message'> {
  return lazyMessage({ kind: 'message', direction: 'request', exchange, size: line.size }, line, describeLine)
}

/** The error beside the message of a line that is not a command. */
export function notCommand({ line }: CommandLine): Dissected {
  return { kind: 'error', summary: `not an FTP command: ${singleLine(line.text)}` }
}

export function replyMessage(reply: Reply, exchange: number): DissectedMessage<'message'> {
  return lazyMessage({ kind: 'message', direction: 'response', exchange, size: reply.size }, reply, describeReply)
}

/** @param text the whole reply as it is sent, with its line endings */
export function sentReplyMessage(text: string, exchange: number): DissectedMessage<'message'> {
  const fields = { kind: 'message', direction: 'response', exchange, size: Buffer.byteLength(text) } as const
  return lazyMessage(fields, text, describeSentReply)
}

function describeSentReply(text: string): Description {
  const firstLine = text.slice(0, text.indexOf('\r\n'))
  return describeReply({ firstLine, lineCount: text.split('\r\n').length - 1, bytes: Buffer.from(text) })
}

function describeLine({ text, bytes }: Line): Description {
  return { summary: singleLine(text), bytes }
}

/** The first bytes of a TLS handshake are no command. */
export const UNEXPECTED_TLS: Dissected = {
  kind: 'error',
  summary: 'a TLS handshake: on this port, TLS begins with AUTH TLS',
}

/** The first byte of a TLS handshake (RFC 8446, section 5.1). No command begins with it. */
const HANDSHAKE = 0x16

/** @param bytes the first ones of a client */
export function isTlsHandshake(bytes: Uint8Array): boolean {
  return bytes[0] === HANDSHAKE
}
