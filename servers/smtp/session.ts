/**
 * One client's session: a connection of smtp-server that greets at once, sends the replies of `replies.ts`, replies to a client
 * that has ended its side, and can finish early. Part of the adapter: see `smtp-server.ts`.
 */
import type { Socket } from 'node:net'
import type { SMTPServer } from 'smtp-server'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import type { ConnectionGuard } from '../../shared/net/connection-guard.ts'
import { rejectLine } from './command-syntax.ts'
import { hasEnhancedCode, type Reply, replacementFor, shuttingDown } from './replies.ts'

const HELP = [
  'HELO EHLO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT',
  'RFC 5321 says what they do: https://www.rfc-editor.org/rfc/rfc5321',
]

export class SmtpSession extends SMTPConnection {
  readonly guard: ConnectionGuard
  #isFinishing = false

  constructor(server: SMTPServer, socket: Socket, guard: ConnectionGuard) {
    super(server, socket)
    this.guard = guard
  }

  /** Greets at once. smtp-server waits 100 ms first, to reject clients that send before the greeting. */
  override init(): void {
    this._setListeners(() => {
      // After the reply to the last command, so that `printf ... | nc` receives every reply.
      if (this._parser) this._parser.once('finish', () => this.close())
      this.connectionReady()
    })
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const text = typeof data === 'string' ? data : ''
    const replacement = replacementFor(code, text, context || '')
    if (replacement) this.#reply(replacement)
    else super.send(code, data, hasEnhancedCode(text) ? false : context)
  }

  /** Replies 421 and ends the connection: now, or at the end of the mail transaction if one is open. */
  finish(): void {
    this.#isFinishing = true
    this.#endIfIdle()
  }

  override _onCommand(command: Buffer, next: () => void = () => {}): void {
    const rejection = this._closing ? undefined : rejectLine(command)
    this.guard.run(() => {
      if (!rejection) return super._onCommand(command, next)
      this.#reply(rejection)
      this._whenWritable(next)
    })
  }

  /** smtp-server calls this at the end of every mail transaction, and for HELO, EHLO and RSET outside of one. */
  override _resetSession(): void {
    super._resetSession()
    this.#endIfIdle()
  }

  override handler_HELP(_command: Buffer, next: () => void): void {
    this.send(214, HELP)
    next()
  }

  #endIfIdle(): void {
    const inTransaction = this._dataStream || this.session.envelope?.mailFrom
    if (!this.#isFinishing || inTransaction || this._closing) return
    this.#reply(shuttingDown(this.name))
    this._socket.destroySoon()
  }

  #reply({ code, text }: Reply): void {
    super.send(code, text, hasEnhancedCode(text) ? false : undefined)
  }
}
