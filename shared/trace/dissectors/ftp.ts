/**
 * The dissector of a control connection of FTP: commands and replies (RFC 959, sections 4.2 and 5.3). `ftp/data.ts` has that of data
 * connections.
 *
 * Commands are numbered from 1, and a reply has the number of its command. A preliminary reply (1yz) is followed by another
 * reply to the same command. A reply without a command (the greeting, a 421) has number 0.
 */
import { type Direction, type Dissected, type Dissector, singleLine } from '../dissector.ts'
import { createCommandReader, createReplyLineReader, type Reply, ReplyReader } from './ftp/lines.ts'
import { Login } from './ftp/login.ts'
import {
  commandMessage,
  isTlsHandshake,
  notCommand,
  parseCommandLine,
  replyMessage,
  UNEXPECTED_TLS,
} from './ftp/messages.ts'
import { PendingCommands } from './ftp/pending-commands.ts'
import type { Line } from './line-reader.ts'

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
    const dissected: Dissected[] = []
    if (direction === 'request') this.#pushCommands(bytes, dissected)
    else for (const line of this.#replyLines.pushAll(bytes)) this.#dissectReplyLine(line, dissected)
    return dissected
  }

  #pushCommands(bytes: Uint8Array, dissected: Dissected[]): void {
    if (this.#isUnexpectedTls) return
    this.#isUnexpectedTls = !this.#hasCommands && isTlsHandshake(bytes)
    this.#hasCommands ||= bytes.length > 0
    if (this.#isUnexpectedTls) dissected.push(UNEXPECTED_TLS)
    else for (const line of this.#commandLines.pushAll(bytes)) this.#dissectCommand(line, dissected)
  }

  end(direction: Direction): readonly Dissected[] {
    const dissected: Dissected[] = []
    const line = direction === 'request' ? this.#commandLines.end() : this.#replyLines.end()
    if (direction === 'request') {
      if (line) this.#dissectCommand(line, dissected)
      return dissected
    }
    if (line) this.#dissectReplyLine(line, dissected)
    const incomplete = this.#replies.end()
    if (incomplete) this.#dissectReply(incomplete, dissected)
    return dissected
  }

  #dissectCommand(received: Line, dissected: Dissected[]): void {
    if (received.text === '') return
    const command = parseCommandLine(received)
    const { verb, line } = command
    const exchange = ++this.#exchange
    this.#pending.add({ exchange, verb })
    this.#login.command(verb, line.text)
    dissected.push(commandMessage(command, exchange))
    if (!command.isCommand) dissected.push(notCommand(command))
  }

  #dissectReplyLine(line: Line, dissected: Dissected[]): void {
    if (line.text === '') return
    const reply = this.#replies.push(line)
    if (reply === 'invalid') dissected.push(error(`not an FTP reply: ${singleLine(line.text)}`))
    else if (reply) this.#dissectReply(reply, dissected)
  }

  #dissectReply(reply: Reply, dissected: Dissected[]): void {
    const { code } = reply
    const command = this.#pending.match(code)
    dissected.push(replyMessage(reply, command?.exchange ?? 0))
    const change = this.#login.reply(command?.verb, code)
    if (change) dissected.push(state(change))
    if (code === 234 && command?.verb === 'AUTH') dissected.push(state('TLS begins'))
  }
}

function state(summary: string): Dissected {
  return { kind: 'state', summary: singleLine(summary) }
}

function error(summary: string): Dissected {
  return { kind: 'error', summary }
}
