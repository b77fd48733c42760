/**
 * One client's session: smtp-server's connection with our own commands, our own reading of messages, and our own bounds.
 * Part of the adapter: see `smtp-server.ts`.
 */
import type { TLSSocket } from 'node:tls'
import type { SMTPServer } from 'smtp-server'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import { errorText } from '../../../shared/errors.ts'
import type { ConnectionGuard } from '../../../shared/net/connection-guard.ts'
import type { StreamConnection } from '../../../shared/net/stream-connection.ts'
import type { Chunk } from '../commands/chunk.ts'
import { COMMANDS, type Command, type CommandTarget } from '../commands/commands.ts'
import { extensions } from '../commands/extensions.ts'
import { MAX_AUTH_LINE, maskCredentials, parseLine, rejectLine } from '../commands/line.ts'
import { SessionLimits } from '../commands/session-limits.ts'
import { Transaction } from '../commands/transaction.ts'
import { Transcript } from '../message/transcript.ts'
import type { Reply } from '../replies.ts'
import * as replies from '../replies.ts'
import type { SignedIn, SignIn } from '../sign-ins.ts'
import { Deadline } from './deadline.ts'
import { SmtpInput } from './input.ts'
import { MessageReceiver } from './message-receiver.ts'
import { PreservedListeners } from './preserved-listeners.ts'
import type { Rules } from './rules.ts'

type Handler = ReturnType<SMTPConnection['_getHandler']>

/** Milliseconds for the handshake after STARTTLS. */
const HANDSHAKE_TIMEOUT_MS = 10_000
/** Commands that smtp-server runs. */
const INHERITED = new Set(['AUTH', 'QUIT', 'STARTTLS'])

export class SmtpSession extends SMTPConnection implements CommandTarget {
  readonly connection: StreamConnection
  readonly guard: ConnectionGuard
  readonly transaction: Transaction
  readonly #rules: Rules
  readonly #listeners: PreservedListeners
  readonly #receiver: MessageReceiver
  readonly #limits = new SessionLimits()
  readonly #transcript = new Transcript()
  readonly #deadline = new Deadline()
  /** The argument of the command that runs. */
  #argument = ''
  #isFinishing = false

  constructor(server: SMTPServer, connection: StreamConnection, rules: Rules) {
    super(server, connection.socket)
    this.guard = connection.guard
    this.transaction = new Transaction(rules)
    this.connection = connection
    this.#rules = rules
    this.#listeners = new PreservedListeners(connection.socket)
    this.#receiver = this.#createReceiver()
    if (connection.transport === 'tls') this.#markSecure(connection.socket as TLSSocket)
  }

  /** Greets at once. smtp-server waits 100 ms first, to reject clients that send before the greeting. */
  override init(): void {
    this.#listeners.except(() => this._setListeners(() => undefined))
    this.#closeAfterInput()
    this.connectionReady()
  }

  /** Replies 421 and ends the connection: now, or at the end of the mail transaction if one is open. */
  finish(): void {
    this.#isFinishing = true
    this.#endIfIdle()
  }

  get client(): string {
    return this.clientHostname || ''
  }

  get extensions(): readonly string[] {
    const { maxSize, hasTls, authMethods } = this.#rules
    const offersAuth = this.#allowsAuth && !this.session.user
    return extensions({ maxSize, starttls: hasTls && !this.secure, authMethods: offersAuth ? authMethods : [] })
  }

  introduce(hostName: string): void {
    this.hostNameAppearsAs = hostName
    this.reset()
  }

  reset(): void {
    this._resetSession()
  }

  startData(): Reply {
    const reply = this.transaction.data()
    if (reply.code === 354) this.#receiver.startData()
    return reply
  }

  startChunk(chunk: Chunk): void {
    this.#receiver.startChunk(chunk, this.#rejectChunk() ?? this.transaction.chunk())
    this.#startDeadline()
  }

  /** Verifies credentials for smtp-server. */
  signIn(signIn: SignIn): Promise<SignedIn | Reply> {
    return this.#rules.signIn(signIn, this.remoteAddress)
  }

  /** Called when the handshake of STARTTLS is complete, before the first command over TLS. */
  onSecure(socket: TLSSocket): void {
    socket.allowHalfOpen = true
    // smtp-server handles only the first error; an error without a listener would end the process.
    socket.on('error', () => undefined)
    this.connection.conversation.continueOn(socket)
    this.#closeAfterInput()
    this.#endIfIdle()
    this.#startDeadline()
  }

  /** The constructor of the base class calls this before our fields exist. */
  override _createParser(): ReturnType<SMTPConnection['_createParser']> {
    const input = new SmtpInput({
      maxLine: MAX_AUTH_LINE,
      onCommand: (line, next) => this._onCommand(line, next),
      onLineTooLong: () => this.guard.run(() => this.#reply(replies.ENDLESS_LINE)),
    })
    // smtp-server uses only what `SmtpInput` has: a Writable, and `isClosed`.
    return input as unknown as ReturnType<SMTPConnection['_createParser']>
  }

  override _onCommand(line: Buffer, next: () => void = () => {}): void {
    if (this._closing) return
    this.guard.run(() => {
      this.#deadline.stop()
      if (this._nextHandler) {
        this.#transcript.command('****')
        super._onCommand(line, next)
      } else {
        this.#startCommand(line, next)
      }
    })
  }

  override _getHandler(verb: string): Handler {
    const command = COMMANDS.get(verb)
    if (command) return (_line, next) => this.#runCommand(command, next)
    return INHERITED.has(verb) ? super._getHandler(verb) : undefined
  }

  override handler_AUTH(line: Buffer, next: () => void): void {
    if (this.transaction.isOpen) this.#answer(replies.ALREADY_STARTED, next)
    else if (this.#allowsAuth) super.handler_AUTH(line, next)
    else this.#answer(this.#rules.hasTls ? replies.NEED_STARTTLS : replies.NEED_TLS, next)
  }

  /** The replies of smtp-server, with the enhanced status codes that it would add. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const text = typeof data === 'string' ? data : ''
    const replacement = replies.replacementFor(code, text, context || '')
    const enhancedCode = replies.hasEnhancedCode(text) ? '' : this._getEnhancedStatusCode(code, context)
    this.#reply(replacement ?? { code, text: enhancedCode ? `${enhancedCode} ${text}` : text })
  }

  /** smtp-server calls this when the session starts and after STARTTLS. */
  override _resetSession(): void {
    super._resetSession()
    this.#endTransaction()
  }

  override upgrade(callback: () => void, secureCallback?: () => void): void {
    const { conversation, socket } = this.connection
    conversation.pause()
    // TLS takes it from the socket: a client that ends its side during the handshake ends the connection.
    socket.allowHalfOpen = false
    this.#listeners.during(() => super.upgrade(callback, secureCallback))
    const milliseconds = Math.min(this.#rules.commandTimeout, HANDSHAKE_TIMEOUT_MS)
    this.#deadline.start(milliseconds, () => this.connection.socket.destroy())
  }

  override _onError(error: Error): void {
    if (this._upgrading) this.connection.conversation.emitError(`TLS handshake failed: ${errorText(error)}`)
    super._onError(error)
  }

  override _onClose(): void {
    this.#deadline.clear()
    if (this.#receiver.isIncomplete) this.emit('error', new Error('connection closed before the end of the message'))
    this.#receiver.close()
    super._onClose()
  }

  /** Our own deadlines take the place of the idle timeout, which every byte of a slow client would extend. */
  override _armTimeout(): void {}

  get #input(): SmtpInput | undefined {
    return (this._parser || undefined) as unknown as SmtpInput | undefined
  }

  get #allowsAuth(): boolean {
    return this.secure || this.#rules.isTrustedNetwork(this.remoteAddress)
  }

  #createReceiver(): MessageReceiver {
    return new MessageReceiver({
      rules: this.#rules,
      transaction: this.transaction,
      input: () => this.#input,
      store: message => {
        this.#deadline.stop()
        const { text: transcript } = this.#transcript
        return this.#rules.store({ session: this, transaction: this.transaction, message, transcript })
      },
      onContent: size => this.#transcript.content(size),
      onReply: (reply, ends) => this.guard.run(() => this.#answerContent(reply, ends)),
      onError: error => this.guard.end(error),
    })
  }

  #markSecure(socket: TLSSocket): void {
    this.secure = true
    this.session.secure = true
    this.tlsOptions = socket.getCipher()
  }

  /** Not before the last command is answered: `printf ... | nc` gets every reply. */
  #closeAfterInput(): void {
    this.#input?.once('finish', () => this.close())
  }

  #startCommand(line: Buffer, next: () => void): void {
    const command = parseLine(line)
    this.#transcript.command(command ? maskCredentials(command) : '(not UTF-8)')
    const rejection = this.#limits.countCommand(command?.verb ?? '') ?? rejectLine(command, line.length)
    this.#argument = command?.argument ?? ''
    if (rejection) this.#answer(rejection, next)
    else super._onCommand(line, next)
  }

  #runCommand(command: Command, next: () => void): void {
    const reply = command(this, this.#argument)
    if (!reply) {
      this._whenWritable(next)
    } else if ('code' in reply) {
      this.#answer(reply, next)
    } else {
      reply.then(
        result => this.guard.run(() => this.#answer(result, next)),
        (error: unknown) => this.guard.end(error),
      )
    }
  }

  #rejectChunk(): Reply | undefined {
    if (!this.hostNameAppearsAs) return replies.NEED_HELLO
    return this.#rules.requiresAuth && !this.session.user ? replies.NEED_AUTH : undefined
  }

  #endTransaction(): void {
    // The constructor of the base class resets the session before our fields exist.
    if (!this.transaction) return
    this.#receiver.close()
    this.transaction.reset()
    this.#transcript.endTransaction()
  }

  #endIfIdle(): void {
    if (!this.#isFinishing || this.transaction.isOpen || this.#receiver.isReceiving || this._closing) return
    this.#reply(replies.shuttingDown(this.name))
    this._socket.destroySoon()
  }

  #answer(reply: Reply, next: () => void): void {
    // Takes the place of the reply to RSET: the session ends with the transaction.
    this.#endIfIdle()
    if (this._closing) return
    this.#reply(reply)
    this._whenWritable(next)
  }

  /** Replies to a message or chunk, and continues with the commands after it. */
  #answerContent(reply: Reply, ends: boolean): void {
    if (this._closing || this._closed) return
    if (ends) this.#endTransaction()
    if (reply.code === 250 && ends) this.#limits.messageStored()
    this.#reply(reply)
    this.#endIfIdle()
    this.#input?.resume()
  }

  #reply(reply: Reply): void {
    this.#limits.countReply(reply)
    const text = replies.formatReply(reply)
    this.#transcript.reply(text)
    this.#write(text)
    if (reply.code === 421 || reply.endsSession) this.close()
    this.#startDeadline()
  }

  /** smtp-server does not write to a client that has ended its side, which would lose the reply to its message. */
  #write(text: string): void {
    // During a handshake the bytes would be a part of it.
    if (!this._upgrading && this._socket.writable) this._socket.write(`${text}\r\n`)
  }

  /** Ends the session if the client does not send its next command, or the rest of its message, in time. */
  #startDeadline(): void {
    if (this._closing || this._closed) return
    const { timeLeft } = this.#receiver
    const expire = (reply: Reply) => () => this.guard.run(() => this.#reply(reply))
    if (timeLeft === undefined) this.#deadline.start(this.#rules.commandTimeout, expire(replies.COMMAND_TIMEOUT))
    else this.#deadline.start(timeLeft, expire(replies.DATA_TIMEOUT))
  }
}
