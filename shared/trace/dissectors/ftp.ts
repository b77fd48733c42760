/**
 * The dissector of a control connection of FTP: commands and replies (RFC 959, sections 4.2 and 5.3). `ftp/data.ts` has that of data
 * connections.
 *
 * Commands are numbered from 1, and a reply has the number of its command. A preliminary reply (1yz) is followed by another
 * reply to the same command. A reply without a command (the greeting, a 421) has number 0.
 */
import { type Direction, type Dissected, type Dissector, singleLine } from '../dissector.ts'
import { type Description, lazyMessage } from '../lazy-message.ts'
import {
  createCommandReader,
  createReplyLineReader,
  describeReply,
  maskSecret,
  type Reply,
  ReplyReader,
} from './ftp/lines.ts'
import { Login } from './ftp/login.ts'
import { PendingCommands } from './ftp/pending-commands.ts'
import type { Line } from './line-reader.ts'

/** The first byte of a TLS handshake (RFC 8446, section 5.1). No command begins with it. */
const HANDSHAKE = 0x16

/** Dissects a control connection. */
export function ftpDissector(): Dissector {
  return new ControlDissector()
}

class ControlDissector implements Dissector {
  #commandLines = createCommandReader()
  #replyLines = createReplyLineReader()
  #replies = new ReplyReader()
  readonly #pending = new PendingCommands()
  readonly #login = new Login()
  #exchange = 0
  #hasCommands = false
  #isUnexpectedTls = false

  get transferExchange(): number {
    return this.#pending.transferExchange
  }

  /** Both sides forget what they sent before: commands in clear behind AUTH get no reply. */
  startTls(): void {
    this.#commandLines = createCommandReader()
    this.#replyLines = createReplyLineReader()
    this.#replies = new ReplyReader()
    this.#pending.clear()
  }

  push(direction: Direction, bytes: Uint8Array): readonly Dissected[] {
    return direction === 'request'
      ? this.#pushCommands(bytes)
      : this.#replyLines.pushAll(bytes).flatMap(line => this.#dissectReplyLine(line))
  }

  #pushCommands(bytes: Uint8Array): readonly Dissected[] {
    if (this.#isUnexpectedTls) return []
    this.#isUnexpectedTls = !this.#hasCommands && bytes[0] === HANDSHAKE
    this.#hasCommands ||= bytes.length > 0
    if (!this.#isUnexpectedTls) return this.#commandLines.pushAll(bytes).flatMap(line => this.#dissectCommand(line))
    return [{ kind: 'error', summary: 'a TLS handshake: on this port, TLS begins with AUTH TLS' }]
  }

  end(direction: Direction): readonly Dissected[] {
    if (direction === 'request') {
      const line = this.#commandLines.end()
      return line ? this.#dissectCommand(line) : []
    }
    const line = this.#replyLines.end()
    const dissected = line ? this.#dissectReplyLine(line) : []
    const incomplete = this.#replies.end()
    return incomplete ? [...dissected, ...this.#dissectReply(incomplete)] : dissected
  }

  #dissectCommand(received: Line): Dissected[] {
    if (received.text === '') return []
    const line = maskSecret(received)
    const { text, size } = line
    const [verb = ''] = text.trimStart().toUpperCase().split(' ', 1)
    const exchange = ++this.#exchange
    this.#pending.add({ exchange, verb })
    this.#login.command(verb, text)
    const message = lazyMessage({ kind: 'message', direction: 'request', exchange, size }, line, describeLine)
    if (/^[A-Z]{3,4}$/.test(verb)) return [message]
    return [message, { kind: 'error', summary: `not an FTP command: ${singleLine(text)}` }]
  }

  #dissectReplyLine(line: Line): Dissected[] {
    if (line.text === '') return []
    const reply = this.#replies.push(line)
    if (reply === 'invalid') return [{ kind: 'error', summary: `not an FTP reply: ${singleLine(line.text)}` }]
    return reply ? this.#dissectReply(reply) : []
  }

  #dissectReply(reply: Reply): Dissected[] {
    const command = this.#pending.match(reply.code)
    const fields = {
      kind: 'message',
      direction: 'response',
      exchange: command?.exchange ?? 0,
      size: reply.size,
    } as const
    const message = lazyMessage(fields, reply, describeReply)
    const change = this.#login.reply(command?.verb, reply.code)
    const changes = command?.verb === 'AUTH' && reply.code === 234 ? [change, 'TLS begins'] : [change]
    return [message, ...changes.flatMap(summary => (summary ? state(summary) : []))]
  }
}

function describeLine({ text, bytes }: Line): Description {
  return { summary: singleLine(text), bytes }
}

function state(summary: string): Dissected {
  return { kind: 'state', summary: singleLine(summary) }
}
