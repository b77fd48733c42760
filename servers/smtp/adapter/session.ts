/**
 * One client's session: our own commands, our own reading of messages, and our own bounds on smtp-server's connection.
 * Part of the adapter: see `smtp-server.ts`.
 */
import type { SMTPServer } from 'smtp-server'
import type { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import type { StreamConnection } from '../../../shared/net/stream-connection.ts'
import type { Chunk } from '../commands/chunk.ts'
import { COMMANDS, type Command, type CommandTarget } from '../commands/commands.ts'
import { extensions } from '../commands/extensions.ts'
import { maskCredentials, parseLine, rejectLine } from '../commands/line.ts'
import { Transaction } from '../commands/transaction.ts'
import type { Reply } from '../replies.ts'
import * as replies from '../replies.ts'
import type { SignedIn, SignIn } from '../sign-ins.ts'
import { ClientConnection, type ConnectionOptions, type Timeout } from './connection.ts'
import { MessageReceiver } from './message-receiver.ts'
import type { Rules } from './rules.ts'

type Handler = ReturnType<SMTPConnection['_getHandler']>

/** Commands that smtp-server runs. */
const INHERITED = new Set(['AUTH', 'QUIT', 'STARTTLS'])

export class SmtpSession extends ClientConnection implements CommandTarget {
  readonly transaction: Transaction
  readonly #rules: Rules
  readonly #receiver: MessageReceiver
  /** The argument of the command that runs. */
  #argument = ''
  #isFinishing = false

  constructor(
    server: SMTPServer,
    connection: StreamConnection,
    { rules, ...options }: ConnectionOptions & { readonly rules: Rules },
  ) {
    super(server, connection, options)
    this.transaction = new Transaction({
      ...rules,
      checkRecipient: (mailbox, size) => rules.checkRecipient(mailbox, size, connection.conversation),
    })
    this.#rules = rules
    this.#receiver = this.#createReceiver()
  }

  /** Replies 421 and ends the connection: now, or at the end of the mail transaction if one is open. */
  finish(): void {
    this.#isFinishing = true
    this.endIfIdle()
  }

  protected get timeout(): Timeout {
    const { timeLeft } = this.#receiver
    if (timeLeft !== undefined) return { milliseconds: timeLeft, reply: replies.DATA_TIMEOUT }
    return { milliseconds: this.#rules.commandTimeout, reply: replies.COMMAND_TIMEOUT }
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

  startTransaction(argument: string): Reply | Promise<Reply> {
    const checking = this.#rules.checkSender(this.#signedIn, this.connection.conversation)
    if (!checking) return this.transaction.mail(argument)
    return checking.then(refusal => refusal ?? this.transaction.mail(argument))
  }

  startData(): Reply {
    const reply = this.transaction.data()
    if (reply.code === 354) this.#receiver.startData()
    return reply
  }

  startChunk(chunk: Chunk): void {
    this.#receiver.startChunk(chunk, this.#rejectChunk() ?? this.transaction.chunk())
    this.startDeadline()
  }

  /** Verifies credentials for smtp-server. */
  signIn(signIn: SignIn): Promise<SignedIn | Reply> {
    return this.connection.conversation.runAsCause(() => this.#rules.signIn(signIn, this.remoteAddress))
  }

  override _onCommand(line: Buffer, next: () => void = () => {}): void {
    if (this._closing) return
    this.guard.run(() => {
      this.deadline.stop()
      if (this._nextHandler) {
        this.transcript.command('****')
        super._onCommand(line, next)
      } else {
        this.#startCommand(line, next)
      }
    })
  }

  override _getHandler(verb: string): Handler {
    const command = COMMANDS.get(verb)
    // smtp-server catches exceptions too, but it would not log them.
    if (command) return (_line, next) => this.guard.run(() => this.#runCommand(command, next))
    return INHERITED.has(verb) ? super._getHandler(verb) : undefined
  }

  override handler_AUTH(line: Buffer, next: () => void): void {
    if (this.transaction.isOpen) this.#answer(replies.ALREADY_STARTED, next)
    else if (this.#allowsAuth) super.handler_AUTH(line, next)
    else this.#answer(this.#rules.hasTls ? replies.NEED_STARTTLS : replies.NEED_TLS, next)
  }

  /** smtp-server calls this when the session starts and after STARTTLS. */
  override _resetSession(): void {
    super._resetSession()
    this.#endTransaction()
  }

  override _onClose(): void {
    if (this.#receiver.isIncomplete) this.emit('error', new Error('connection closed before the end of the message'))
    this.#receiver.close()
    super._onClose()
  }

  /** Set by `SmtpLibrary` after AUTH. */
  get #signedIn(): SignedIn | undefined {
    return this.session.user as SignedIn | undefined
  }

  get #allowsAuth(): boolean {
    return this.secure || this.#rules.isTrustedNetwork(this.remoteAddress)
  }

  #createReceiver(): MessageReceiver {
    return new MessageReceiver({
      rules: this.#rules,
      transaction: this.transaction,
      input: () => this.input,
      store: message => {
        this.deadline.stop()
        const { text: transcript } = this.transcript
        const { conversation } = this.connection
        return this.#rules.store({ session: this, transaction: this.transaction, message, transcript, conversation })
      },
      onContent: size => this.transcript.content(size),
      onReply: (reply, ends) => this.guard.run(() => this.#answerContent(reply, ends)),
      onError: error => this.guard.end(error),
    })
  }

  #startCommand(line: Buffer, next: () => void): void {
    const command = parseLine(line)
    this.transcript.command(command ? maskCredentials(command) : '(not UTF-8)')
    const rejection = this.limits.countCommand(command?.verb ?? '') ?? rejectLine(command, line.length)
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
    this.#receiver.close()
    this.transaction.reset()
    this.transcript.endTransaction()
  }

  protected endIfIdle(): void {
    if (!this.#isFinishing || this.transaction.isOpen || this.#receiver.isReceiving || this._closing) return
    this.reply(replies.shuttingDown(this.name))
    this._socket.destroySoon()
  }

  #answer(reply: Reply, next: () => void): void {
    // Takes the place of the reply to RSET: the session ends with the transaction.
    this.endIfIdle()
    if (this._closing) return
    this.reply(reply)
    this._whenWritable(next)
  }

  /** Replies to a message or chunk, and continues with the commands after it. */
  #answerContent(reply: Reply, ends: boolean): void {
    if (this._closing || this._closed) return
    if (ends) this.#endTransaction()
    if (reply.code === 250 && ends) this.limits.messageStored()
    this.reply(reply)
    this.endIfIdle()
    this.input?.resume()
  }
}
