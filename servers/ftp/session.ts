/** One client's session: lines come in, are run one after the other, and every one of them is answered. */
import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { peerAddress } from '../../shared/net/address.ts'
import type { ConnectionGuard } from '../../shared/net/connection-guard.ts'
import { OpenSockets } from '../../shared/net/open-sockets.ts'
import type { Context } from '../../shared/service.ts'
import type { Conversation } from '../../shared/trace/conversation.ts'
import { ftpDataDissector, ftpDissector } from '../../shared/trace/dissectors/ftp.ts'
import type { Account } from './accounts.ts'
import { COMMANDS } from './commands/index.ts'
import type { DataConnector, DataContext } from './data.ts'
import { drained } from './drained.ts'
import type { LibraryConnection } from './library.ts'
import { type Command, type Line, LineReader, parseCommand } from './lines.ts'
import { FACTS, type Fact } from './listing.ts'
import type { FtpOptions } from './options.ts'
import type { PassivePorts } from './passive-ports.ts'
import { formatReply, Refusal, refusalOf } from './replies.ts'
import type { Transfer } from './transfer.ts'
import { Tree } from './tree.ts'

/** What all sessions of a server share. */
export interface Shared {
  readonly options: FtpOptions
  readonly context: Context
  readonly passivePorts: PassivePorts
}

/** How many commands of one client are worked off before the others have their turn. */
const COMMANDS_IN_ONE_GO = 100

/** How many commands may wait for their turn before no more are read. */
const MAX_QUEUED_COMMANDS = 100

export class Session {
  readonly connection: LibraryConnection
  readonly shared: Shared
  /** Resolves when the connection is closed and nothing is being done for it any more. */
  readonly ended: Promise<void>

  // What commands set and later ones use.
  user: string | undefined
  account: Account | undefined
  loginFailures = 0
  tree: Tree
  type: 'ascii' | 'image' = 'image'
  facts: readonly Fact[] = FACTS
  restartAt = 0
  renameFrom: string | undefined
  /** True after `EPSV ALL` (RFC 2428, section 4): then nothing but EPSV may make a data connection. */
  onlyEpsv = false
  connector: DataConnector | undefined
  transfer: Transfer | undefined

  readonly #socket: Socket
  readonly #guard: ConnectionGuard
  readonly #client: string
  readonly #control: Conversation
  readonly #dataSockets = new OpenSockets()
  readonly #reader = new LineReader()
  readonly #queue: Line[] = []
  #working: Promise<void> | undefined
  #farewell: { readonly code: number; readonly text: string } | undefined
  #departed = false
  /** True once the client has closed its half: it says nothing more, but may still want its answers. */
  inputEnded = false

  constructor(connection: LibraryConnection, shared: Shared, guard: ConnectionGuard) {
    this.connection = connection
    this.shared = shared
    this.#socket = connection.commandSocket
    this.#guard = guard
    this.#client = peerAddress(this.#socket)
    const { trace, log, files } = shared.context
    this.#control = trace.follow(this.#socket, { protocol: 'ftp', side: 'server', dissector: ftpDissector })
    this.tree = new Tree(files)
    connection.reply = async (code: number | object, ...lines: string[]) =>
      guard.run(() => this.reply(Number(code), ...lines))
    this.#listen()
    this.ended = new Promise<void>(resolve => this.#socket.once('close', () => resolve()))
      .then(() => this.#end())
      .catch((error: unknown) => guard.end(error))
    log.info({ client: this.#client }, 'ftp: connected')
  }

  #listen(): void {
    const socket = this.#socket
    socket.setTimeout(this.shared.options.idleTimeout)
    this.#guard.on('timeout', () => this.#idle())
    this.#guard.on('data', (bytes: Buffer) => this.#read(bytes))
    this.#guard.on('end', () => this.#inputEnd())
  }

  /** Answers. What is said after the farewell, or to nobody, is dropped. */
  reply(code: number, ...lines: string[]): void {
    if (!this.#departed && this.#socket.writable) this.#socket.write(formatReply(code, lines))
  }

  /** Ends the session with these words: now, or after the command that is being run. */
  leave(code: number, text: string): void {
    this.#farewell ??= { code, text }
    if (!this.#working) this.#depart()
  }

  /** Ends it at once; a transfer under way still gets its 426. */
  async abort(): Promise<void> {
    if (this.transfer) {
      this.transfer.abort()
      await this.#working
    }
    this.#socket.destroy()
  }

  /** What data connections of this session need to know. */
  get dataContext(): DataContext {
    const { localAddress = '', remoteAddress = '' } = this.#socket
    const patience = this.shared.options.dataTimeout
    return { local: localAddress, peer: remoteAddress, patience, adopt: socket => this.#adopt(socket, patience) }
  }

  /** Every data socket is traced as a part of this conversation, and goes with this session. */
  #adopt(socket: Socket, patience: number): void {
    this.#dataSockets.add(socket)
    const about = { protocol: 'ftp', side: 'server', dissector: ftpDataDissector } as const
    this.shared.context.trace.followData(socket, about, this.#control)
    socket.setTimeout(patience, () => socket.destroy())
    // The transfer hears of it from its streams.
    socket.on('error', () => {})
  }

  #read(bytes: Buffer): void {
    for (const line of this.#reader.push(bytes)) {
      if (!this.#isUrgent(line)) this.#queue.push(line)
    }
    if (this.#queue.length > MAX_QUEUED_COMMANDS) this.#socket.pause()
    this.#work()
  }

  /** ABOR and STAT are for the transfer that is under way (RFC 959, section 4.1.3), so they do not wait for its end. */
  #isUrgent(line: Line): boolean {
    if (line.kind === 'bad' || !this.transfer) return false
    if (/^STAT$/i.test(line.text)) {
      this.reply(211, this.transfer.describe())
      return true
    }
    // ABOR itself is answered in its turn, after the transfer's own 426.
    if (/^ABOR$/i.test(line.text)) this.transfer.abort()
    return false
  }

  #work(): void {
    if (this.#working || this.#departed) return
    this.#working = this.#workOff()
      .finally(() => {
        this.#working = undefined
        // Nobody is there to hear the answers; what is still queued must not be tried for ever.
        if (this.#socket.destroyed) this.#queue.length = 0
        if (this.#farewell) this.#depart()
        else if (this.#queue.length > 0) this.#work()
        else if (this.inputEnded) this.#socket.end()
      })
      .catch((error: unknown) => this.#guard.end(error))
  }

  async #workOff(): Promise<void> {
    for (let worked = 1; !this.#farewell && !this.#socket.destroyed; worked++) {
      // Cheap commands, answered in one go, would keep everybody else waiting.
      if (worked % COMMANDS_IN_ONE_GO === 0) await nextTurn()
      const line = this.#queue.shift()
      if (!line) break
      await this.#perform(line)
      // A client that asks and does not listen gets nothing more until it does.
      if (this.#socket.writableNeedDrain && !this.#farewell) await drained(this.#socket)
      if (this.#queue.length === 0) this.#socket.resume()
    }
  }

  async #perform(line: Line): Promise<void> {
    try {
      if (line.kind === 'bad') throw new Refusal(line.code, line.why)
      await this.#run(parseCommand(line.text))
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal) return this.reply(refusal.code, refusal.message)
      this.shared.context.log.error({ client: this.#client, err: error }, 'ftp: a command failed')
      this.leave(421, 'Something went wrong here; closing')
    }
  }

  async #run(command: Command): Promise<void> {
    const rule = COMMANDS.get(command.verb)
    if (!rule) throw new Refusal(500, `${nameOf(command.verb)} is no command here; HELP lists those that are`)
    if (rule.needs !== 'nothing' && !this.account) throw new Refusal(530, 'Log in first, with USER and PASS')
    if (rule.needs === 'writer' && !this.account?.writes) throw new Refusal(550, 'This account may only read')
    if (command.verb !== 'RNTO') this.renameFrom = undefined
    await rule.run(this, command)
  }

  #inputEnd(): void {
    this.inputEnded = true
    // A client that goes away in the middle of an upload closes both connections: that is no end of file.
    if (this.transfer?.direction === 'in') this.transfer.abort()
    if (!this.#working) this.#socket.end()
  }

  #idle(): void {
    // A transfer has a clock of its own.
    if (this.transfer) return
    if (this.#departed || this.#working) this.#socket.destroy()
    else this.leave(421, `Idle for ${this.shared.options.idleTimeout / 1000} seconds; closing`)
  }

  #depart(): void {
    if (this.#departed || !this.#farewell) return
    this.reply(this.#farewell.code, this.#farewell.text)
    this.#departed = true
    this.#socket.destroySoon()
  }

  async #end(): Promise<void> {
    this.transfer?.abort()
    this.connector?.close()
    this.#dataSockets.destroy()
    await this.#working
    // A command that was being run may have opened another.
    this.connector?.close()
    this.#dataSockets.destroy()
    this.shared.context.log.info({ client: this.#client }, 'ftp: disconnected')
  }

  /** Tells the log what an operator should know of this client. */
  note(text: string, about: object = {}): void {
    this.shared.context.log.info({ client: this.#client, ...about }, `ftp: ${text}`)
  }
}

/** What is said back to a client is on the screen of whoever watches: only what can be a command is, never a password. */
function nameOf(verb: string): string {
  return /^[A-Z]{1,8}$/i.test(verb) ? verb : 'That'
}
