/**
 * smtp-server's connection with our own input, replies and deadlines; it survives STARTTLS. `session.ts` adds the commands.
 * Part of the adapter: see `smtp-server.ts`.
 */
import type { TLSSocket } from 'node:tls'
import type { SMTPServer } from 'smtp-server'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import type { TimeSlices } from '../../../shared/async/time-slices.ts'
import type { ConnectionGuard } from '../../../shared/net/connection-guard.ts'
import type { StreamConnection } from '../../../shared/net/stream-connection.ts'
import { handshakeReason } from '../../../shared/net/tls/handshake-reason.ts'
import { MAX_AUTH_LINE } from '../commands/line.ts'
import { SessionLimits } from '../commands/session-limits.ts'
import { Transcript } from '../message/transcript.ts'
import { ENDLESS_LINE, formatReply, hasEnhancedCode, type Reply, replacementFor } from '../replies.ts'
import { Deadline } from './deadline.ts'
import { SmtpInput } from './input.ts'
import { PreservedListeners } from './preserved-listeners.ts'

/** Milliseconds for the handshake after STARTTLS. */
const HANDSHAKE_TIMEOUT_MS = 10_000

/** The time in which the client must send what is next, and the reply if it does not. */
export interface Timeout {
  readonly milliseconds: number
  readonly reply: Reply
}

export interface ConnectionOptions {
  /** Differs from those of the other open sessions. smtp-server would draw random bytes for it. */
  readonly id: string
  /** The time that all connections share. */
  readonly slices: TimeSlices
}

export abstract class ClientConnection extends SMTPConnection {
  readonly connection: StreamConnection
  readonly guard: ConnectionGuard
  protected readonly limits = new SessionLimits()
  protected readonly transcript = new Transcript()
  protected readonly deadline = new Deadline()
  readonly #listeners: PreservedListeners
  readonly #slices: TimeSlices

  constructor(server: SMTPServer, connection: StreamConnection, { id, slices }: ConnectionOptions) {
    super(server, connection.socket, { id })
    this.#slices = slices
    this.connection = connection
    this.guard = connection.guard
    this.#listeners = new PreservedListeners(connection.socket)
    if (connection.transport === 'tls') this.#markSecure(connection.socket as TLSSocket)
  }

  /** What the client must do next. */
  protected abstract get timeout(): Timeout

  /** Ends the connection if the server is closing and the client is between two messages. */
  protected abstract endIfIdle(): void

  /** Greets at once. smtp-server waits 100 ms first, to reject clients that send before the greeting. */
  override init(): void {
    this.#listeners.except(() => this._setListeners(() => undefined))
    this.#closeAfterInput()
    this.connectionReady()
  }

  /** Called when the handshake of STARTTLS is complete, before the first command over TLS. */
  onSecure(socket: TLSSocket): void {
    socket.allowHalfOpen = true
    // smtp-server handles only the first error; an error without a listener would end the process.
    socket.on('error', () => undefined)
    this.connection.conversation.continueOn(socket)
    this.#closeAfterInput()
    this.endIfIdle()
    this.startDeadline()
  }

  /** The constructor of the base class calls this before our fields exist. */
  override _createParser(): ReturnType<SMTPConnection['_createParser']> {
    const input = new SmtpInput({
      maxLine: MAX_AUTH_LINE,
      schedule: work => this.#slices.run(() => this.guard.run(work)),
      onCommand: (line, next) => this._onCommand(line, next),
      onLineTooLong: () => this.guard.run(() => this.reply(ENDLESS_LINE)),
    })
    // smtp-server uses only what `SmtpInput` has: a Writable, and `isClosed`.
    return input as unknown as ReturnType<SMTPConnection['_createParser']>
  }

  /** The replies of smtp-server, with the enhanced status codes that it would add. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const text = typeof data === 'string' ? data : ''
    const replacement = replacementFor(code, text, context || '')
    const enhancedCode = hasEnhancedCode(text) ? '' : this._getEnhancedStatusCode(code, context)
    this.reply(replacement ?? { code, text: enhancedCode ? `${enhancedCode} ${text}` : text })
  }

  override upgrade(callback: () => void, secureCallback?: () => void): void {
    const { conversation, socket } = this.connection
    conversation.pause()
    // TLS takes it from the socket: a client that ends its side during the handshake ends the connection.
    socket.allowHalfOpen = false
    this.#listeners.during(() => super.upgrade(callback, secureCallback))
    const milliseconds = Math.min(this.timeout.milliseconds, HANDSHAKE_TIMEOUT_MS)
    this.deadline.start(milliseconds, () => socket.destroy())
  }

  override _onError(error: Error): void {
    if (this._upgrading) this.connection.conversation.emitError(`TLS handshake failed: ${handshakeReason(error)}`)
    super._onError(error)
  }

  override _onClose(): void {
    this.deadline.clear()
    super._onClose()
  }

  /** Our own deadlines take the place of the idle timeout, which every byte of a slow client would extend. */
  override _armTimeout(): void {}

  protected get input(): SmtpInput | undefined {
    return (this._parser || undefined) as unknown as SmtpInput | undefined
  }

  protected reply(reply: Reply): void {
    const text = formatReply(reply)
    this.limits.countReply(reply)
    this.transcript.reply(text)
    this.#write(text)
    if (reply.code === 421 || reply.endsSession) this.close()
    this.startDeadline()
  }

  /** Ends the session if the client does not send its next command, or the rest of its message, in time. */
  protected startDeadline(): void {
    if (this._closing || this._closed) return
    const { milliseconds, reply } = this.timeout
    this.deadline.start(milliseconds, () => this.guard.run(() => this.reply(reply)))
  }

  /** smtp-server does not write to a client that has ended its side, which would lose the reply to its message. */
  #write(text: string): void {
    // During a handshake the bytes would be a part of it.
    if (!this._upgrading && this._socket.writable) this._socket.write(`${text}\r\n`)
  }

  #markSecure(socket: TLSSocket): void {
    this.secure = true
    this.session.secure = true
    this.tlsOptions = socket.getCipher()
  }

  /** Not before the last command is answered: `printf ... | nc` gets every reply. */
  #closeAfterInput(): void {
    this.input?.once('finish', () => this.close())
  }
}
