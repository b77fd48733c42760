/**
 * The listeners for passive data connections: on the ports of a range, or on any free port. They stay open between transfers and
 * are opened ahead, because opening one takes longer than a small transfer.
 */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { errorCode, UsageError } from '../../../shared/errors.ts'
import { closeServer } from '../../../shared/net/listen.ts'
import { ReplyError } from '../session/replies.ts'

/** What a session does with the events of the listener that it uses. */
export interface PassiveListenerUser {
  /** Takes a connection; nothing is read from it yet. */
  onConnection(socket: Socket): void
  onError(): void
}

/** A listener that one session uses. */
export interface LeasedListener {
  readonly port: number
  /** Gives the listener back when its connection has arrived. Connections that it accepts meanwhile are closed. */
  release(): void
  /** Closes the listener: a connection to it can still be on its way, and the session that uses it next must not get that. */
  close(): void
}

/** Listeners without a user that stay open. */
const MAX_IDLE_LISTENERS = 256
/** Of more than these, one that was idle for `MAX_IDLE_MS` is closed when another one becomes idle. */
const KEPT_IDLE_LISTENERS = 16
const MAX_IDLE_MS = 30_000

export class PassiveListeners {
  /** Ports of the range without a listener; undefined for any free port. The first is the one unused for the longest time. */
  readonly #unused: Set<number> | undefined
  /** The first is the one that is idle for the longest time. */
  readonly #idle = new Set<Listener>()
  #openingAhead: Promise<void> | undefined
  #closed = false

  /**
   * @param range `FROM-TO`, or `0` for any free port
   * @throws UsageError if the range is malformed
   */
  constructor(range: string) {
    this.#unused = range === '0' ? undefined : new Set(parseRange(range))
  }

  /**
   * Returns a listener at the address.
   *
   * @throws ReplyError 425 if no port is free
   */
  async acquire(host: string, user: PassiveListenerUser): Promise<LeasedListener> {
    const listener = this.#takeIdle(host) ?? (await this.#open(host))
    listener.user = user
    this.#openingAhead ??= this.#openAhead(host).finally(() => {
      this.#openingAhead = undefined
    })
    return { port: listener.port, release: () => this.#release(listener), close: () => this.#abandon(listener) }
  }

  /** Closes idle listeners, and the others when they are released. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#openingAhead
    await Promise.all([...this.#idle].map(listener => this.#close(listener)))
  }

  /** At random: a client that can guess the port of another could take its data connection (RFC 2577, section 8). */
  #takeIdle(host: string): Listener | undefined {
    const suitable = [...this.#idle].filter(listener => listener.host === host)
    const listener = suitable[suitable.length > 1 ? randomInt(suitable.length) : 0]
    if (listener) this.#idle.delete(listener)
    return listener
  }

  #release(listener: Listener): void {
    listener.user = undefined
    if (this.#closed || listener.isBroken || this.#idle.size >= MAX_IDLE_LISTENERS) void this.#close(listener)
    else this.#addIdle(listener)
  }

  #abandon(listener: Listener): void {
    listener.user = undefined
    void this.#close(listener)
  }

  #addIdle(listener: Listener): void {
    const now = performance.now()
    listener.idleSince = now
    this.#idle.add(listener)
    const [oldest] = this.#idle
    const isUnneeded = oldest && now - oldest.idleSince > MAX_IDLE_MS
    if (isUnneeded && this.#idle.size > KEPT_IDLE_LISTENERS) void this.#close(oldest)
  }

  async #openAhead(host: string): Promise<void> {
    const isReady = [...this.#idle].some(listener => listener.host === host)
    if (this.#closed || isReady || this.#unused?.size === 0) return
    try {
      this.#release(await this.#open(host))
    } catch {
      // The session that needs it tries again, and sends the reply.
    }
  }

  async #open(host: string): Promise<Listener> {
    if (!this.#unused) return Listener.open(host, 0, listener => this.#discard(listener))
    if (this.#unused.size === 0) await this.#closeForOtherHost(host)
    for (const port of [...this.#unused]) {
      // Another session may have taken the port meanwhile.
      if (!this.#unused.delete(port)) continue
      try {
        return await Listener.open(host, port, listener => this.#discard(listener))
      } catch (error) {
        this.#unused.add(port)
        if (errorCode(error) !== 'EADDRINUSE') throw error
      }
    }
    throw new ReplyError(425, 'No port is free for a data connection; try again later')
  }

  /** Idle listeners at one address of this machine must not keep a session at another one from its data connections. */
  async #closeForOtherHost(host: string): Promise<void> {
    const other = [...this.#idle].find(listener => listener.host !== host)
    if (other) await this.#close(other)
  }

  #discard(listener: Listener): void {
    if (this.#idle.has(listener)) void this.#close(listener)
  }

  async #close(listener: Listener): Promise<void> {
    this.#idle.delete(listener)
    // The port is free at once; the server closes with its last connection.
    const closed = listener.close()
    this.#unused?.add(listener.port)
    await closed
  }
}

class Listener {
  readonly host: string
  readonly port: number
  user: PassiveListenerUser | undefined
  idleSince = 0
  /** True after an error of the system. */
  isBroken = false
  readonly #server: Server

  private constructor(host: string, server: Server, onError: (listener: Listener) => void) {
    this.host = host
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on('connection', socket => this.#accept(socket))
    server.on('error', () => {
      this.isBroken = true
      this.user?.onError()
      onError(this)
    })
  }

  static async open(host: string, port: number, onError: (listener: Listener) => void): Promise<Listener> {
    const server = createServer({ pauseOnConnect: true, noDelay: true, allowHalfOpen: true })
    server.listen({ host, port })
    await once(server, 'listening')
    return new Listener(host, server, onError)
  }

  #accept(socket: Socket): void {
    if (this.user) this.user.onConnection(socket)
    else socket.destroy()
  }

  close(): Promise<void> {
    return closeServer(this.#server)
  }
}

function parseRange(range: string): number[] {
  const [from = 0, to = 0] = range.split('-').map(Number)
  if (from < 1 || to > 65535 || from > to) {
    throw new UsageError(
      `ftp.passivePorts: ${JSON.stringify(range)} is not a range of ports. Use one such as 40000-40099, or 0 for any free port`,
    )
  }
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}
