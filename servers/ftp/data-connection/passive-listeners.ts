/**
 * The listeners for passive data connections: on the ports of a range, or on any free port. They stay open between transfers and
 * are opened ahead, because opening one takes longer than a small transfer.
 *
 * A client can connect to a port twice, and knows the port afterwards. So that such a connection does not become that of another
 * client at the same address, a session gets the listener that it had before, and another one's only if that was unused for a while.
 */
import { randomInt } from 'node:crypto'
import { errorCode, UsageError } from '../../../shared/errors.ts'
import { ReplyError } from '../session/replies.ts'
import { PassiveListener, type PassiveListenerUser } from './passive-listener.ts'

/** A listener that one session uses. */
export interface LeasedListener {
  readonly port: number
  /** Gives the listener back when its connection has arrived. Connections that it accepts meanwhile are closed. */
  release(): void
  /** Closes the listener: a connection to it can still be on its way, and the session that uses it next must not get that. */
  close(): void
}

/** Listeners without a user that stay open. Each session that transfers small files has one, most of the time. */
const MAX_IDLE_LISTENERS = 1024
/** Of more than these, one that was idle for `MAX_IDLE_MS` is closed when another one becomes idle. */
const KEPT_IDLE_LISTENERS = 16
const MAX_IDLE_MS = 30_000
/** Another session can have a listener after this time without use and without a connection. */
const MIN_REST_MS = 2000
/** After this time, no connection waits to be accepted. It is enough if all ports of the range were used lately. */
const MIN_DRAIN_MS = 50
/** Ports that are tried before that, if there is such a listener: other programs can use many ports of the range, and a failure takes time. */
const MAX_ATTEMPTS = 1

export class PassiveListeners {
  /** Ports of the range without a listener; undefined for any free port. The first is the one unused for the longest time. */
  readonly #unused: Set<number> | undefined
  /** The first is the one that is idle for the longest time. */
  readonly #idle = new Set<PassiveListener>()
  /** The listener that a session had before. */
  readonly #ofSession = new WeakMap<object, PassiveListener>()
  readonly #now: () => number
  #openingAhead: Promise<void> | undefined
  #closed = false

  /**
   * @param range `FROM-TO`, or `0` for any free port
   * @param now returns the time in milliseconds; it never decreases
   * @throws UsageError if the range is malformed
   */
  constructor(range: string, now: () => number = () => performance.now()) {
    this.#unused = range === '0' ? undefined : new Set(parseRange(range))
    this.#now = now
  }

  /**
   * Returns a listener at the address.
   *
   * @throws ReplyError 425 if no port is free
   */
  async acquire(host: string, user: PassiveListenerUser): Promise<LeasedListener> {
    const own = this.#takeOwn(host, user.session)
    const listener = own ?? this.#takeRested(host) ?? (await this.#open(host))
    listener.lease(user)
    this.#ofSession.set(user.session, listener)
    if (!own) {
      this.#openingAhead ??= this.#openAhead(host).finally(() => {
        this.#openingAhead = undefined
      })
    }
    return { port: listener.port, release: () => this.#release(listener), close: () => this.#abandon(listener) }
  }

  /** Closes idle listeners, and the others when they are released. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#openingAhead
    await Promise.all([...this.#idle].map(listener => this.#close(listener)))
  }

  #takeOwn(host: string, session: object): PassiveListener | undefined {
    const own = this.#ofSession.get(session)
    return own?.host === host && own.isOf(session) && this.#idle.delete(own) ? own : undefined
  }

  /** At random: a client that can guess the port of another could take its data connection (RFC 2577, section 8). */
  #takeRested(host: string): PassiveListener | undefined {
    const suitable = [...this.#idle].filter(listener => isRested(listener, host))
    const listener = suitable[suitable.length > 1 ? randomInt(suitable.length) : 0]
    if (listener) this.#idle.delete(listener)
    return listener
  }

  #release(listener: PassiveListener): void {
    listener.release()
    this.#keep(listener)
  }

  #abandon(listener: PassiveListener): void {
    listener.release()
    void this.#close(listener)
  }

  #keep(listener: PassiveListener): void {
    if (this.#closed || listener.isBroken) void this.#close(listener)
    else this.#addIdle(listener)
  }

  #addIdle(listener: PassiveListener): void {
    const now = this.#now()
    listener.idleSince = now
    this.#idle.add(listener)
    const [oldest] = this.#idle
    const isUnneeded = oldest && now - oldest.idleSince > MAX_IDLE_MS && this.#idle.size > KEPT_IDLE_LISTENERS
    // Not the newest one, which is that of an active session.
    if (oldest && (isUnneeded || this.#idle.size > MAX_IDLE_LISTENERS)) void this.#close(oldest)
  }

  async #openAhead(host: string): Promise<void> {
    const isReady = [...this.#idle].some(listener => isRested(listener, host))
    if (this.#closed || isReady) return
    try {
      const listener = await this.#openUnused(host, MAX_ATTEMPTS)
      if (listener) this.#keep(listener)
    } catch {
      // The session that needs it tries again, and sends the reply.
    }
  }

  async #open(host: string): Promise<PassiveListener> {
    const isDrained = (listener: PassiveListener) => listener.host === host && listener.hasRested(MIN_DRAIN_MS)
    const hasDrained = [...this.#idle].some(isDrained)
    if (hasDrained) {
      const opened = await this.#openUnused(host, MAX_ATTEMPTS)
      if (opened) return opened
      const drained = [...this.#idle].find(isDrained)
      if (drained && this.#idle.delete(drained)) return drained
    }
    do {
      const listener = await this.#openUnused(host)
      if (listener) return listener
    } while (this.#closeOldest())
    throw new ReplyError(425, 'No port is free for a data connection; try again later')
  }

  /** Returns undefined if each port without a listener is taken: by another session meanwhile, or by another program, such as a client. */
  async #openUnused(host: string, maxAttempts = Number.POSITIVE_INFINITY): Promise<PassiveListener | undefined> {
    const unused = this.#unused
    if (!unused) return this.#openAt(host, 0)
    for (const port of candidates(unused).slice(0, maxAttempts)) {
      if (!unused.delete(port)) continue
      try {
        return await this.#openAt(host, port)
      } catch (error) {
        unused.add(port)
        if (errorCode(error) !== 'EADDRINUSE') throw error
      }
    }
    return undefined
  }

  #openAt(host: string, port: number): Promise<PassiveListener> {
    return PassiveListener.open({ host, port, now: this.#now, onError: listener => this.#discard(listener) })
  }

  /**
   * Frees a port that has not rested, or is open at another address of this machine. That resets the connections on their way. Returns
   * false if there is none.
   */
  #closeOldest(): boolean {
    const [oldest] = this.#idle
    if (oldest) void this.#close(oldest)
    return oldest !== undefined
  }

  #discard(listener: PassiveListener): void {
    if (this.#idle.has(listener)) void this.#close(listener)
  }

  async #close(listener: PassiveListener): Promise<void> {
    this.#idle.delete(listener)
    // The port is free at once; the server closes with its last connection.
    const closed = listener.close()
    this.#unused?.add(listener.port)
    await closed
  }
}

function isRested(listener: PassiveListener, host: string): boolean {
  return listener.host === host && listener.hasRested(MIN_REST_MS)
}

/** All ports, from a random one on among those that were unused for longer: late connections can arrive at the others. */
function candidates(unused: ReadonlySet<number>): readonly number[] {
  const ports = [...unused]
  const first = ports.length > 1 ? randomInt(Math.ceil(ports.length / 2)) : 0
  return [...ports.slice(first), ...ports.slice(0, first)]
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
