/** The order in which a resolver tries its servers, by their results. Pure: the caller passes the time, in milliseconds. */

/** For this long a server that failed is tried last; the time doubles with every consecutive failure. */
const PENALTY_MS = 1000
const MAX_PENALTY_MS = 60_000

interface State {
  failures: number
  /** Until this time it is tried after all others. */
  penaltyEnd: number
  preservesCase: boolean
}

export class ServerList<Server> {
  readonly #states: ReadonlyMap<Server, State>
  readonly #rotate: boolean
  #start = 0

  /** @param rotate true if each question begins at the next server */
  constructor(servers: readonly Server[], rotate = false) {
    this.#states = new Map(servers.map(server => [server, { failures: 0, penaltyEnd: 0, preservesCase: true }]))
    this.#rotate = rotate
  }

  /** All servers: those without a penalty in their order, then the others by the end of their penalties. */
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

  /** False if the server is known to change the case of the question's name (0x20). */
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
