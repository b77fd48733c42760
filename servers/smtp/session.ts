/**
 * One client's session: smtp-server's connection with what it lacks. It greets at once, gives the replies of
 * `replies.ts`, answers a client that ended its side, and can be asked to leave.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { SMTPServer } from 'smtp-server'
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js'
import type { ConnectionGuard } from '../../shared/net/connection-guard.ts'
import { refuseLine } from './commands.ts'
import { correction, hasEnhancedCode, shuttingDown, tooManyClients } from './replies.ts'

const HELP = [
  'HELO EHLO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT',
  'RFC 5321 says what they do: https://www.rfc-editor.org/rfc/rfc5321',
]

export class Session extends SMTPConnection {
  readonly guard: ConnectionGuard
  #leaving = false

  constructor(server: SMTPServer, socket: Socket | TLSSocket, guard: ConnectionGuard, options?: SMTPConnectionOptions) {
    super(server, socket, options)
    this.guard = guard
  }

  /**
   * Greets as soon as the client is there. The library waits 100 ms first, to catch clients that talk before they are
   * greeted; to those this server listens instead, after its greeting.
   */
  override init(): void {
    this._setListeners(() => {
      // The last line is answered before the server ends its side too: `printf ... | nc` gets every reply.
      if (this._parser) this._parser.once('finish', () => this.close())
      const { maxClients = Number.POSITIVE_INFINITY } = this._server.options
      if (this._server.connections.size > maxClients) this.#say(tooManyClients(this.name), false)
      else this.connectionReady()
    })
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const words = typeof data === 'string' ? data : ''
    const better = correction(code, words, context || '')
    if (better) this.#say(better)
    else super.send(code, data, hasEnhancedCode(words) ? false : context)
  }

  /** Says 421 and ends the connection: at once where no mail transaction is open, else when that one is over. */
  leave(): void {
    this.#leaving = true
    this.#leaveIfIdle()
  }

  override _onCommand(command: Buffer, next: () => void = () => {}): void {
    const refusal = this._closing ? undefined : refuseLine(command)
    this.guard.run(() => {
      if (!refusal) return super._onCommand(command, next)
      this.#say(refusal)
      this._whenWritable(next)
    })
  }

  /** Every end of a mail transaction passes here, and every one that never began (RFC 5321, section 4.1.4). */
  override _resetSession(): void {
    super._resetSession()
    this.#leaveIfIdle()
  }

  override handler_HELP(_command: Buffer, next: () => void): void {
    this.send(214, HELP)
    next()
  }

  #leaveIfIdle(): void {
    const underWay = this._dataStream || this.session.envelope?.mailFrom
    if (!this.#leaving || underWay || this._closing) return
    this.#say(shuttingDown(this.name))
    this._socket.destroySoon()
  }

  #say({ code, text }: { code: number; text: string }, context?: false): void {
    super.send(code, text, hasEnhancedCode(text) ? false : context)
  }
}
