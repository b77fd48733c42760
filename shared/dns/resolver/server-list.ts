/** The order in which a resolver tries its servers, by their results. Pure: the caller passes the time, in milliseconds. */

/** How long the resolver tries a failed server last. The time doubles with every consecutive failure. */
const PENALTY_MS = 1000
const MAX_PENALTY_MS = 60_000

interface State {
  failures: number
  /** Until this time, the resolver tries the server after those without a penalty. */
  penaltyEnd: number
  preservesCase: boolean
}

export class ServerList<Server> {
  readonly #states: ReadonlyMap<Server, State>
  readonly #rotate: boolean
  #start = 0

  /** @param rotate true to start each question at the next server */
  constructor(servers: readonly Server[], rotate = false) {
    this.#states = new Map(servers.map(server => [server, { failures: 0, penaltyEnd: 0, preservesCase: true }]))
    this.#rotate = rotate
  }

  /** Returns all servers: those without a penalty in the given order, then the others by the end of their penalties. */
  order(now: number): Server[] {
    const all = [...this.#states.keys()]
    const start = this.#rotate ? this.#start++ % all.length : 0
    const penaltyOf = (server: Server) => Math.max(0, this.#state(server).penaltyEnd - now)
    return [...all.slice(start), ...all.slice(0, start)].sort((one, other) => penaltyOf(one) - penaltyOf(other))
  }

  recordFailure(server: Server, now: number): void {
    const state = this.#state(server)
    state.penaltyEnd = now + Math.min(PENALTY_MS * 2 ** state.failures, MAX_PENALTY_MS)
    state.failures++
  }

  recordSuccess(server: Server): void {
    Object.assign(this.#state(server), { failures: 0, penaltyEnd: 0 })
  }

  /** Returns false if the server has changed the case of the question's name (0x20). */
  preservesCase(server: Server): boolean {
    return this.#state(server).preservesCase
  }

  recordChangedCase(server: Server): void {
    this.#state(server).preservesCase = false
  }

  #state(server: Server): State {
    const state = this.#states.get(server)
    if (!state) throw new Error('the server is not in the list')
    return state
  }
}
