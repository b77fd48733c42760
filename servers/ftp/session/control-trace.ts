/** Emits the commands and replies of a control connection to the trace, from what the session has read and written itself. */
import type { Conversation } from '../../../shared/trace/conversation.ts'
import { singleLine } from '../../../shared/trace/dissector.ts'
import { decodeTelnet } from '../../../shared/trace/dissectors/ftp/lines.ts'
import { Login } from '../../../shared/trace/dissectors/ftp/login.ts'
import {
  commandMessage,
  isTlsHandshake,
  notCommand,
  parseCommandLine,
  sentReplyMessage,
  UNEXPECTED_TLS,
} from '../../../shared/trace/dissectors/ftp/messages.ts'
import { type Line, parseCommand, type WireLine } from './lines.ts'

/** A command line with its number in the session, from 1. */
export interface ReceivedLine {
  readonly line: Line
  readonly exchange: number
}

/** The codes of replies that can begin or end a login, or TLS. */
const STATE_CODES: ReadonlySet<number> = new Set([220, 221, 230, 234, 331, 421])

export class ControlTrace {
  readonly #conversation: Conversation
  readonly #login = new Login()
  #hasCommands = false
  #isUnexpectedTls = false

  constructor(conversation: Conversation) {
    this.#conversation = conversation
  }

  /** True while the trace has a listener. */
  get isActive(): boolean {
    return this.#conversation.isTraced
  }

  /** Takes bytes of the client, before the lines in them. */
  received(bytes: Uint8Array): void {
    if (this.#hasCommands) return
    this.#hasCommands = true
    this.#isUnexpectedTls = isTlsHandshake(bytes)
    if (this.#isUnexpectedTls) this.#conversation.emitDissected(UNEXPECTED_TLS)
  }

  /** Emits a command line, complete or not. Call it only if `isActive`. */
  command(exchange: number, { bytes, size }: WireLine, line?: Line): void {
    if (this.#isUnexpectedTls) return
    const text = line?.kind === 'line' ? line.text : decodeTelnet(Buffer.from(bytes))
    if (text === '') return
    const command = parseCommandLine({ text, bytes, size })
    this.#conversation.emitDissected(commandMessage(command, exchange))
    if (!command.isCommand) this.#conversation.emitDissected(notCommand(command))
  }

  /**
   * Emits a reply, and the state that it changes.
   *
   * @param text the whole reply, with its line endings
   * @param answered its command; undefined for the greeting, and for a reply without a command
   * @param time when it was sent
   */
  reply(code: number, text: string, answered: ReceivedLine | undefined, time: number): void {
    const exchange = this.#isUnexpectedTls ? 0 : (answered?.exchange ?? 0)
    if (this.isActive) this.#conversation.emitDissected(sentReplyMessage(text, exchange), time)
    // Also without a listener: one that is added later needs the name of the user, and the end of the login.
    if (STATE_CODES.has(code)) this.#changeState(code, answered?.line)
  }

  #changeState(code: number, answered: Line | undefined): void {
    const text = answered?.kind === 'line' ? answered.text : ''
    const { verb } = parseCommand(text)
    this.#login.command(verb, text)
    const change = this.#login.reply(verb, code)
    if (change) this.#conversation.emitState(singleLine(change))
    if (code === 234 && verb === 'AUTH') this.#conversation.emitState('TLS begins')
  }
}
