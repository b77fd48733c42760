/** A bounded pool of sessions with one server, for several transfers at once. */
import { RefusedError } from '../../../shared/errors.ts'
import type { ClientOptions, Location } from '../../../shared/service.ts'
import type { ResolvedTarget } from '../target.ts'
import { FtpSession } from './session.ts'

/** Bounds the sessions of a pool. */
export const MAX_SESSIONS = 16

export class SessionPool {
  readonly target: ResolvedTarget
  readonly #options: ClientOptions
  readonly #idle: FtpSession[] = []
  readonly #waiting: (() => void)[] = []
  /** Called when a session was opened in place of one that the server has closed. */
  onReconnect: (() => void) | undefined
  /** Aborts the transfers and listings of work that starts from now on; the sessions continue. */
  interruptSignal: AbortSignal | undefined
  /** The number of open sessions, and of those that are being opened. */
  #count = 0
  #limit: number
  #isClosed = false
  #hasLostSession = false
  #server: Location | undefined

  constructor(target: ResolvedTarget, options: ClientOptions, limit: number) {
    this.target = target
    this.#options = options
    this.#limit = Math.min(limit, MAX_SESSIONS)
  }

  /** The number of sessions that the pool uses; smaller than its limit if the server has refused more. */
  get limit(): number {
    return this.#limit
  }

  /** The server of the sessions. Call it after the first `run`. */
  get server(): Location {
    if (!this.#server) throw new Error('the pool has opened no session')
    return this.#server
  }

  /** Runs the work with a session that no other work uses, when one is free. A session that was closed meanwhile is replaced. */
  async run<Result>(work: (session: FtpSession) => Promise<Result>): Promise<Result> {
    this.interruptSignal?.throwIfAborted()
    const session = await this.#take()
    session.interruptSignal = this.interruptSignal
    try {
      return await work(session)
    } catch (error) {
      this.#options.signal?.throwIfAborted()
      throw error
    } finally {
      if (this.#isClosed || session.isClosed) await this.#drop(session)
      else this.#idle.push(session)
      this.#waiting.shift()?.()
    }
  }

  async #take(): Promise<FtpSession> {
    for (;;) {
      const session = this.#idle.pop()
      if (session && !session.isClosed) return session
      if (session) await this.#drop(session)
      else if (this.#count < this.#limit) {
        const opened = await this.#open()
        if (opened) return opened
      } else await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  /** Returns undefined if the server refuses another session beside those that are open: the work then waits for one of these. */
  async #open(): Promise<FtpSession | undefined> {
    this.#count += 1
    try {
      const session = await FtpSession.open(this.target, this.#options)
      this.#server = session.server
      if (this.#hasLostSession) this.onReconnect?.()
      this.#hasLostSession = false
      return session
    } catch (error) {
      this.#count -= 1
      this.#waiting.shift()?.()
      if (!(error instanceof RefusedError) || this.#count === 0) throw error
      this.#limit = this.#count
      return undefined
    }
  }

  async #drop(session: FtpSession): Promise<void> {
    this.#hasLostSession ||= session.isClosed
    this.#count -= 1
    await session.close()
  }

  /** Closes the sessions. Those in use close when their work has ended. */
  async close(): Promise<void> {
    this.#isClosed = true
    const idle = this.#idle.splice(0)
    await Promise.all(idle.map(session => this.#drop(session)))
  }
}

/** Runs an operation with a pool of its own. */
export async function withPool<Result>(
  target: ResolvedTarget,
  options: ClientOptions,
  limit: number,
  run: (pool: SessionPool) => Promise<Result>,
): Promise<Result> {
  const pool = new SessionPool(target, options, limit)
  try {
    return await run(pool)
  } finally {
    await pool.close()
  }
}
