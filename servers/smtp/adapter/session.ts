/**
 * One client's session: smtp-server's connection with our own commands of the mail transaction, our own reading of messages,
 * and our own bounds. Part of the adapter: see `smtp-server.ts`.
 */
import type { TLSSocket } from 'node:tls'
import type { SMTPServer } from 'smtp-server'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import type { ConnectionGuard } from '../../../shared/net/connection-guard.ts'
import type { StreamConnection } from '../../../shared/net/stream-connection.ts'
import { type Chunk, parseChunk } from '../commands/chunk.ts'
import { MAX_AUTH_LINE, maskCredentials, parseLine, rejectLine } from '../commands/line.ts'
import { Transaction } from '../commands/transaction.ts'
import { DataReader } from '../message/data-reader.ts'
import type { Reservation } from '../message/message-budget.ts'
import { Transcript } from '../message/transcript.ts'
import type { Reply } from '../replies.ts'
import * as replies from '../replies.ts'
import type { SignedIn } from '../sign-ins.ts'
import { SmtpInput } from './input.ts'
import type { Rules, SignIn } from './rules.ts'

/** Replies that report errors, after which the session ends; Postfix's `smtpd_hard_error_limit`. */
const MAX_ERRORS = 20
const MAX_FAILED_SIGN_INS = 3
/** Commands without effect between two messages, after which the session ends; Postfix's `smtpd_junk_command_limit`. */
const MAX_IDLE_COMMANDS = 100
const IDLE_COMMANDS = new Set(['NOOP', 'RSET', 'VRFY', 'EXPN', 'HELP', 'EHLO', 'HELO'])
/**
 * Bytes that are read and discarded beyond the size bound, so that the client gets the 552 reply at the end of its data,
 * where RFC 5321 puts it.
 */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024

const HELP = [
  'HELO EHLO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT AUTH STARTTLS',
  'RFC 5321 specifies them: https://www.rfc-editor.org/rfc/rfc5321',
]

/** A message that is being received. */
interface OpenMessage {
  readonly reader: DataReader
  readonly reservation: Reservation
}

export class SmtpSession extends SMTPConnection {
  readonly guard: ConnectionGuard
  readonly #rules: Rules
  readonly #connection: StreamConnection
  readonly #transaction: Transaction
  readonly #transcript = new Transcript()
  /** Listeners that others have added to the socket, which smtp-server would remove on STARTTLS. */
  readonly #foreignListeners: readonly [string, (() => void)[]][]
  #message: OpenMessage | undefined
  #deadline: NodeJS.Timeout | undefined
  #errors = 0
  #failedSignIns = 0
  #idleCommands = 0
  #isFinishing = false

  constructor(server: SMTPServer, connection: StreamConnection, rules: Rules) {
    super(server, connection.socket)
    this.guard = connection.guard
    this.#connection = connection
    this.#rules = rules
    this.#transaction = new Transaction(rules)
    this.#foreignListeners = ['close', 'error'].map(event => [
      event,
      connection.socket.listeners(event) as (() => void)[],
    ])
    if (connection.transport === 'tls') this.#markSecure(connection.socket as TLSSocket)
  }

  /** Greets at once. smtp-server waits 100 ms first, to reject clients that send before the greeting. */
  override init(): void {
    this._setListeners(() => {
      this.#closeAfterInput()
      this.connectionReady()
    })
  }

  /** Our own reading of lines and messages. The constructor of the base class calls this before our fields exist. */
  override _createParser(): ReturnType<SMTPConnection['_createParser']> {
    const input = new SmtpInput({
      maxLine: MAX_AUTH_LINE,
      onCommand: (line, next) => this._onCommand(line, next),
      onLineTooLong: next => this.guard.run(() => this.#answer(replies.LINE_TOO_LONG, next)),
      onContent: () => this.#checkFlood(),
    })
    // smtp-server uses only what `SmtpInput` has: a Writable, and `isClosed`.
    return input as unknown as ReturnType<SMTPConnection['_createParser']>
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const text = typeof data === 'string' ? data : ''
    const replacement = replies.replacementFor(code, text, context || '')
    if (replacement) this.#reply(replacement)
    else this.#write(code, data, replies.hasEnhancedCode(text) ? false : context)
  }

  /** Replies 421 and ends the connection: now, or at the end of the mail transaction if one is open. */
  finish(): void {
    this.#isFinishing = true
    this.#endIfIdle()
  }

  override _onCommand(line: Buffer, next: () => void = () => {}): void {
    if (this._closing) return
    this.guard.run(() => {
      const rejection = this._nextHandler ? undefined : (this.#limit(line) ?? rejectLine(line))
      this.#record(line)
      this.#arm(undefined)
      if (rejection) this.#answer(rejection, next)
      else super._onCommand(line, next)
    })
  }

  override handler_EHLO(line: Buffer, next: () => void): void {
    const name = this.#introduce(line)
    const lines = [`${this.name} greets ${this.clientHostname}`, ...this.#extensions()]
    if (typeof name === 'string') this.send(250, lines, false)
    else this.#reply(name)
    this._whenWritable(next)
  }

  override handler_HELO(line: Buffer, next: () => void): void {
    const name = this.#introduce(line)
    if (typeof name === 'string') this.send(250, `${this.name} greets ${this.clientHostname}`, false)
    else this.#reply(name)
    this._whenWritable(next)
  }

  override handler_MAIL(line: Buffer, next: () => void): void {
    this.#answer(this.#transaction.mail(argumentOf(line)), next)
  }

  override handler_RCPT(line: Buffer, next: () => void): void {
    this.#answerLater(this.#transaction.rcpt(argumentOf(line)), next)
  }

  override handler_DATA(_line: Buffer, next: () => void): void {
    const reply = this.#transaction.data()
    if (reply.code === 354) {
      const { reader } = this.#openMessage({ dotStuffed: true })
      this.#input?.startData(reader, () => this.guard.run(() => this.#endMessage()))
    }
    this.#answer(reply, next)
    if (reply.code === 354) this.#arm(this.#rules.dataTimeout, replies.DATA_TIMEOUT)
  }

  /** RFC 3030. smtp-server has no such command; it finds handlers by their names. */
  handler_BDAT(line: Buffer, next: () => void): void {
    const chunk = parseChunk(argumentOf(line))
    if (chunk) this.#startChunk(chunk)
    else this.#reply(replies.BAD_CHUNK)
    this._whenWritable(next)
  }

  #startChunk(chunk: Chunk): void {
    const rejection = this.#rejectChunk() ?? this.#transaction.chunk()
    const message = rejection ? undefined : (this.#message ?? this.#openMessage({ dotStuffed: false }))
    this.#input?.startChunk(chunk.length, message?.reader, () => {
      this.guard.run(() => this.#endChunk(rejection, chunk.length, chunk.isLast))
    })
    this.#arm(this.#rules.dataTimeout, replies.DATA_TIMEOUT)
  }

  override handler_RSET(_line: Buffer, next: () => void): void {
    this._resetSession()
    this.#answer(replies.RESET_OK, next)
  }

  override handler_NOOP(_line: Buffer, next: () => void): void {
    this.#answer(replies.NOTHING_DONE, next)
  }

  override handler_VRFY(line: Buffer, next: () => void): void {
    const isEmpty = argumentOf(line) === ''
    this.#answer(isEmpty ? { code: 501, text: '5.5.4 Syntax: VRFY address' } : replies.CANNOT_VERIFY, next)
  }

  override handler_HELP(_line: Buffer, next: () => void): void {
    this.send(214, HELP)
    next()
  }

  override handler_AUTH(line: Buffer, next: () => void): void {
    if (this.#transaction.isOpen) this.#answer(replies.ALREADY_STARTED, next)
    else if (this.#allowsAuth) super.handler_AUTH(line, next)
    else this.#answer(replies.NEED_ENCRYPTION, next)
  }

  /** Verifies credentials for smtp-server. */
  signIn(signIn: SignIn): Promise<SignedIn | Reply> {
    return this.#rules.signIn(signIn, this.remoteAddress)
  }

  /** smtp-server calls this for HELO, EHLO and RSET, and after STARTTLS. */
  override _resetSession(): void {
    super._resetSession()
    this.#endTransaction()
  }

  override upgrade(callback: () => void, secureCallback?: () => void): void {
    this.#arm(this.#rules.commandTimeout, replies.COMMAND_TIMEOUT)
    this.#connection.conversation.pause()
    super.upgrade(callback, secureCallback)
    for (const [event, listeners] of this.#foreignListeners) {
      for (const listener of listeners) this.#connection.socket.on(event, listener)
    }
  }

  /** Called by the adapter when the handshake of STARTTLS is complete, before the first command over TLS. */
  onSecure(socket: TLSSocket): void {
    this.#connection.conversation.continueOn(socket)
    this.#closeAfterInput()
  }

  override _onClose(): void {
    this.#arm(undefined)
    this.#closeMessage()
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

  #markSecure(socket: TLSSocket): void {
    this.secure = true
    this.session.secure = true
    this.tlsOptions = socket.getCipher()
  }

  /** Not before the last command is answered: `printf ... | nc` gets every reply. */
  #closeAfterInput(): void {
    this.#input?.once('finish', () => this.close())
  }

  #introduce(line: Buffer): string | Reply {
    const name = argumentOf(line)
    if (name === '' || /\s/.test(name)) return { code: 501, text: '5.5.4 Syntax: EHLO or HELO with a host name' }
    if (name.length > MAX_HOST_NAME || /\p{Cc}/u.test(name)) return { code: 501, text: '5.5.4 Not a host name' }
    this.hostNameAppearsAs = name
    this._resetSession()
    return name
  }

  #extensions(): string[] {
    const { maxSize, hasTls, authMethods } = this.#rules
    return [
      'PIPELINING',
      `SIZE ${maxSize}`,
      '8BITMIME',
      'SMTPUTF8',
      'CHUNKING',
      'DSN',
      'ENHANCEDSTATUSCODES',
      ...(hasTls && !this.secure ? ['STARTTLS'] : []),
      ...(this.#allowsAuth && !this.session.user ? [`AUTH ${authMethods.join(' ')}`] : []),
      'HELP',
    ]
  }

  /** The 421 reply if the client has made too many errors, or sends command after command without mail. */
  #limit(line: Buffer): Reply | undefined {
    if (this.#failedSignIns >= MAX_FAILED_SIGN_INS) return replies.TOO_MANY_FAILED_SIGN_INS
    if (this.#errors >= MAX_ERRORS) return replies.TOO_MANY_ERRORS
    if (IDLE_COMMANDS.has(line.toString('latin1', 0, 5).trim().toUpperCase())) this.#idleCommands += 1
    return this.#idleCommands > MAX_IDLE_COMMANDS ? replies.TOO_MANY_IDLE_COMMANDS : undefined
  }

  #record(line: Buffer): void {
    const parsed = parseLine(line)
    this.#transcript.command(this._nextHandler ? '****' : 'code' in parsed ? '(not UTF-8)' : maskCredentials(parsed))
  }

  #rejectChunk(): Reply | undefined {
    if (!this.hostNameAppearsAs) return replies.NEED_HELLO
    return this.#rules.requiresAuth && !this.session.user ? replies.NEED_AUTH : undefined
  }

  #openMessage({ dotStuffed }: { dotStuffed: boolean }): OpenMessage {
    const reservation = this.#rules.budget.open()
    const { maxSize } = this.#rules
    const reader = new DataReader({ maxSize, dotStuffed, reserve: bytes => reservation.reserve(bytes) })
    this.#message = { reader, reservation }
    return this.#message
  }

  #closeMessage(): void {
    this.#message?.reader.discard()
    this.#message?.reservation.release()
    this.#message = undefined
  }

  #endChunk(rejection: Reply | undefined, length: number, isLast: boolean): void {
    const problem = this.#message?.reader.rejection
    if (rejection) {
      this.#endContent(rejection)
    } else if (isLast) {
      this.#message?.reader.end()
      this.#endMessage()
    } else if (problem && problem.reason !== 'malformed') {
      this.#endTransaction()
      this.#endContent(replies.contentRejected(problem, this.#rules.maxSize))
    } else {
      this.#endContent(replies.chunkReceived(length))
    }
  }

  #endMessage(): void {
    this.#arm(undefined)
    const message = this.#message
    if (!message) return
    const { reader } = message
    this.#transcript.content(reader.size)
    const { rejection } = reader
    const isRejected = rejection && !(rejection.reason === 'malformed' && this.#rules.acceptsBareNewlines)
    const replied = isRejected
      ? Promise.resolve(replies.contentRejected(rejection, this.#rules.maxSize))
      : this.#rules.store({ session: this, transaction: this.#transaction, reader, transcript: this.#transcript })
    replied.then(
      reply => {
        this.guard.run(() => {
          if (reply.code === 250) this.#idleCommands = 0
          this.#endTransaction()
          this.#endContent(reply)
        })
      },
      (error: unknown) => this.guard.end(error),
    )
  }

  #endContent(reply: Reply): void {
    if (this._closing) return
    this.#reply(reply)
    this.#endIfIdle()
    this.#input?.resume()
  }

  #checkFlood(): void {
    const size = this.#message?.reader.size ?? 0
    if (size <= this.#rules.maxSize + MAX_DISCARDED_BYTES) return
    this.#reply(replies.tooBig(this.#rules.maxSize))
    this.close()
  }

  #endTransaction(): void {
    // The constructor of the base class resets the session before our fields exist.
    if (!this.#rules) return
    this.#closeMessage()
    this.#transaction.reset()
    this.#transcript.endTransaction()
    this.#endIfIdle()
  }

  #endIfIdle(): void {
    if (!this.#isFinishing || this.#transaction.isOpen || this.#message || this._closing) return
    this.#reply(replies.shuttingDown(this.name))
    this._socket.destroySoon()
  }

  #answer(reply: Reply, next: () => void): void {
    this.#reply(reply)
    this._whenWritable(next)
  }

  #answerLater(reply: Promise<Reply>, next: () => void): void {
    reply.then(
      result => this.guard.run(() => this.#answer(result, next)),
      (error: unknown) => this.guard.end(error),
    )
  }

  #reply({ code, text }: Reply): void {
    this.#write(code, text, replies.hasEnhancedCode(text) ? false : undefined)
  }

  #write(code: number, data?: string | string[] | null, context?: string | false): void {
    if (code >= 400 && code !== 421) this.#errors += 1
    if (code === 535) this.#failedSignIns += 1
    this.#transcript.reply(`${code} ${Array.isArray(data) ? data.join(`\r\n${code} `) : (data ?? '')}`)
    this.#arm(this.#rules.commandTimeout, replies.COMMAND_TIMEOUT)
    super.send(code, data, context)
  }

  /** Ends the session with the reply if nothing else happens in time; undefined waits without a bound, for ourselves. */
  #arm(milliseconds: number | undefined, reply?: Reply): void {
    clearTimeout(this.#deadline)
    if (milliseconds === undefined || !reply) return
    this.#deadline = setTimeout(() => this.guard.run(() => this.#reply(reply)), milliseconds)
    this.#deadline.unref()
  }
}

/** RFC 5321, section 4.5.3.1.2. */
const MAX_HOST_NAME = 255

function argumentOf(line: Buffer): string {
  const parsed = parseLine(line)
  return 'code' in parsed ? '' : parsed.argument
}
