/** One client's session: runs its command lines one at a time, and sends a reply to each. */
import { setImmediate } from 'node:timers/promises'
import { errorText } from '../../../shared/errors.ts'
import type { StreamConnection } from '../../../shared/net/stream-server.ts'
import type { Context } from '../../../shared/service.ts'
import { DataSockets } from '../data-connection/data-sockets.ts'
import { DataTrace } from '../data-connection/data-trace.ts'
import type { CommandRunner, FtpSrvAdapter } from '../ftp-srv.ts'
import type { FtpOptions } from '../options.ts'
import { closeConnector } from '../transfer/transfer.ts'
import { ControlConnection } from './control-connection.ts'
import type { ReceivedLine } from './control-trace.ts'
import { createEnvironment, type SessionDependencies } from './environment.ts'
import { isClosingReply, toReplyError } from './replies.ts'
import { runLine } from './run-command.ts'
import { HandshakeError, SessionTls } from './session-tls.ts'
import { createState, reinitialize, type SessionState } from './state.ts'
import type { SentReply } from './write-reply.ts'

/** Number of commands after which a session yields to other sessions. */
const COMMANDS_PER_SLICE = 100

/** Number of queued commands at which the session stops reading. */
const MAX_QUEUED_COMMANDS = 100

export class Session {
  /** Resolves when the control connection is closed and its last command has ended. */
  readonly ended: Promise<void>
  readonly #connection: StreamConnection
  readonly #control: ControlConnection
  readonly #options: FtpOptions
  readonly #context: Context
  readonly #state: SessionState
  readonly #dataSockets: DataSockets
  readonly #queue: ReceivedLine[] = []
  /** The command that is running, until its final reply. */
  #unanswered: ReceivedLine | undefined
  /** Aborted when the session ends: nothing waits for the result of a failed login. */
  readonly #ending = new AbortController()
  #ftpSrv: CommandRunner | undefined
  #running: Promise<void> | undefined
  /** The last reply of the session, which is sent after the command that is running. */
  #closingReply: { readonly code: number; readonly text: string } | undefined

  constructor(connection: StreamConnection, shared: SessionDependencies) {
    const { options, context } = shared
    this.#connection = connection
    this.#control = new ControlConnection(connection, options.idleTimeout)
    this.#options = options
    this.#context = context
    const dataTrace = new DataTrace(context.trace, connection.conversation, () => this.#unanswered?.exchange ?? 0)
    this.#dataSockets = new DataSockets(connection, dataTrace, options.dataTimeout, shared.idleWatch)
    const members = {
      dataConnection: this.#dataSockets.options,
      startTls: (code: number, text: string) => this.#startTls({ code, lines: [text], answered: this.#unanswered }),
      isAbortNext: () => isAbort(this.#queue[0]),
      runFtpSrvCommand: async (verb: string, argument: string) => this.#ftpSrv?.run(verb, argument),
      log: (message: string, fields?: object) => this.#log(message, fields),
    }
    this.#state = createState(createEnvironment(connection, shared, members, this.#ending.signal))
    this.ended = this.#control.closed
      .then(() => this.#onClosed())
      .catch((error: unknown) => connection.guard.end(error))
    this.#log('connected')
  }

  /** Greets the client, through ftp-srv, and starts to read commands. */
  start(ftpSrv: FtpSrvAdapter): void {
    if (this.#control.isClosed) return
    this.#run(async () => {
      if (this.#connection.transport === 'tls') await this.#startImplicitTls()
      this.#greet(ftpSrv)
    })
  }

  /** Ends the session with a reply, after the command that is running. */
  close(code: 221 | 421, text: string): void {
    this.#closingReply ??= { code, text }
    this.#ending.abort()
    if (!this.#running) this.#sendClosingReply()
  }

  /** Ends the session at once, except that the client still receives the 426 of a transfer in progress. */
  async abort(): Promise<void> {
    if (this.#state.transfer) {
      this.#state.transfer.abort()
      await this.#running
    }
    this.#control.destroy()
  }

  #onLines(lines: readonly ReceivedLine[]): void {
    for (const line of lines) {
      if (!this.#handleUrgent(line)) this.#queue.push(line)
    }
    if (this.#queue.length > MAX_QUEUED_COMMANDS) this.#control.pause()
    this.#startQueue()
  }

  /** Handles ABOR and STAT during a transfer (RFC 959, section 4.1.3). Returns true if the line must not be queued. */
  #handleUrgent(received: ReceivedLine): boolean {
    const { transfer } = this.#state
    const { line } = received
    if (line.kind === 'invalid' || !transfer) return false
    // A client that does not read the replies gets this one later: the queue has a bound.
    if (/^STAT$/i.test(line.text) && !this.#control.needsDrain) {
      this.#control.send({ code: 211, lines: [transfer.describe()], answered: received })
      return true
    }
    // The queued ABOR gets its own reply after the 426 of the transfer.
    if (isAbort(received)) transfer.abort()
    return false
  }

  #greet(ftpSrv: FtpSrvAdapter): void {
    const { guard } = this.#connection
    this.#ftpSrv = ftpSrv.connect(this.#control.socket, {
      reply: (code, ...lines) => guard.run(() => this.#reply(code, ...lines)),
      files: () => this.#state.files,
    })
    this.#control.start({
      onLines: lines => this.#onLines(lines),
      onInputEnd: () => this.#onInputEnd(),
      onIdle: () => this.#onIdle(),
    })
  }

  /** Starts TLS before the greeting. The client then omits PBSZ and PROT. */
  async #startImplicitTls(): Promise<void> {
    await this.#startTls()
    this.#state.hasBufferSize = true
    this.#state.protection = 'private'
  }

  /** Starts TLS in place of whatever the client has sent in clear: it must log in again (RFC 2228, section 3). */
  async #startTls(reply?: SentReply): Promise<void> {
    const { tls } = this.#context
    if (!tls) throw new Error('the suite has no certificate')
    this.#queue.length = 0
    closeConnector(this.#state)
    reinitialize(this.#state)
    this.#state.tls = new SessionTls(tls.serverOptions)
    this.#unanswered = undefined
    await this.#control.startTls(this.#state.tls, reply)
  }

  #startQueue(): void {
    if (!this.#running && !this.#control.isEnding) this.#run(() => this.#runQueue())
  }

  /** Runs the work; commands that arrive meanwhile wait for its end. */
  #run(work: () => Promise<void>): void {
    this.#running = work()
      .catch((error: unknown) => this.#onFailure(error))
      .finally(() => this.#onQueueEnd())
      .catch((error: unknown) => this.#connection.guard.end(error))
  }

  /** A client whose handshake fails is disconnected. */
  #onFailure(error: unknown): void {
    if (!(error instanceof HandshakeError)) throw error
    this.#log('TLS handshake failed', { error: errorText(error) })
    this.#control.destroy()
  }

  async #runQueue(): Promise<void> {
    for (let count = 1; !this.#closingReply && !this.#control.isClosed; count++) {
      if (count % COMMANDS_PER_SLICE === 0) await setImmediate()
      const received = this.#queue.shift()
      if (!received) break
      // A transfer can be the last of many commands: ABOR and the end of the connection must reach it.
      if (this.#queue.length === 0) this.#control.resume()
      await this.#runLine(received)
      if (!this.#closingReply) await this.#control.drain()
      if (this.#queue.length === 0) this.#control.resume()
    }
  }

  #onQueueEnd(): void {
    this.#running = undefined
    if (this.#control.isClosed) this.#queue.length = 0
    if (this.#closingReply) this.#sendClosingReply()
    else if (this.#queue.length > 0) this.#startQueue()
    else if (this.#state.inputEnded) this.#control.end()
  }

  async #runLine(received: ReceivedLine): Promise<void> {
    this.#unanswered = received
    try {
      await runLine(this.#state, (code, ...lines) => this.#reply(code, ...lines), received.line)
    } catch (error) {
      if (error instanceof HandshakeError) throw error
      const reply = toReplyError(error)
      if (reply) return this.#reply(reply.code, reply.message)
      this.#context.log.error({ client: this.#connection.client, err: error }, 'ftp: command failed')
      this.close(421, 'Internal error; closing the connection')
    }
  }

  /** Sends a reply, unless the session has ended. The codes 221 and 421 end it. */
  #reply(code: number, ...lines: string[]): void {
    if (isClosingReply(code)) return void this.close(code, lines.join(' '))
    this.#control.send({ code, lines, answered: this.#unanswered })
    if (code >= 200) this.#unanswered = undefined
  }

  #sendClosingReply(): void {
    if (this.#control.isEnding || !this.#closingReply) return
    const { code, text } = this.#closingReply
    // If no command is running, the client takes it as the reply to the next one that it has sent.
    this.#control.sendLast({ code, lines: [text], answered: this.#unanswered ?? this.#queue[0] })
  }

  #onInputEnd(): void {
    this.#state.inputEnded = true
    // A client that is killed during an upload closes both connections, which is not the end of the file.
    if (this.#state.transfer?.direction === 'upload') this.#state.transfer.abort()
    if (!this.#running) this.#control.end()
  }

  #onIdle(): void {
    // Data connections have a timeout of their own.
    if (this.#state.transfer) return
    if (this.#control.isEnding || this.#running) this.#control.destroy()
    else this.close(421, `Idle for ${this.#options.idleTimeout / 1000} s; closing`)
  }

  async #onClosed(): Promise<void> {
    this.#ending.abort()
    this.#state.transfer?.abort()
    this.#closeDataConnections()
    await this.#running
    // The command that was running may have opened another one.
    this.#closeDataConnections()
    this.#log('disconnected')
  }

  #closeDataConnections(): void {
    this.#state.connector?.close()
    this.#dataSockets.destroy()
  }

  #log(message: string, fields: object = {}): void {
    this.#context.log.info({ client: this.#connection.client, ...fields }, `ftp: ${message}`)
  }
}

function isAbort(received: ReceivedLine | undefined): boolean {
  return received?.line.kind === 'line' && /^ABOR$/i.test(received.line.text)
}
