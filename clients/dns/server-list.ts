/** The servers of a resolver: which to ask first, given how they did. Pure: the time comes in, in milliseconds. */

/** How long a server that failed is asked last; twice as long with every failure that follows. */
const REST_MS = 1000
const MAX_REST_MS = 60_000

interface State {
  failures: number
  /** Until when it is asked after all the others. */
  restsUntil: number
  keepsLetters: boolean
}

export class ServerList<Server> {
  readonly #states: ReadonlyMap<Server, State>
  readonly #rotate: boolean
  #turn = 0

  /** @param rotate whether each question begins at the next server */
  constructor(servers: readonly Server[], rotate = false) {
    this.#states = new Map(servers.map(server => [server, { failures: 0, restsUntil: 0, keepsLetters: true }]))
    this.#rotate = rotate
  }

  /** All of them: first those that are well in their order, then those that failed, the one that rests least first. */
  order(now: number): Server[] {
    const all = [...this.#states.keys()]
    const start = this.#rotate ? this.#turn++ % all.length : 0
    const restOf = (server: Server) => Math.max(0, this.#state(server).restsUntil - now)
    return [...all.slice(start), ...all.slice(0, start)].sort((one, other) => restOf(one) - restOf(other))
  }

  failed(server: Server, now: number): void {
    const state = this.#state(server)
    state.restsUntil = now + Math.min(REST_MS * 2 ** state.failures, MAX_REST_MS)
    state.failures++
  }

  worked(server: Server): void {
    Object.assign(this.#state(server), { failures: 0, restsUntil: 0 })
  }

  /** False once it is known that this server does not repeat the letters of a question (0x20). */
  keepsLetters(server: Server): boolean {
    return this.#state(server).keepsLetters
  }

  changesLetters(server: Server): void {
    this.#state(server).keepsLetters = false
  }

  #state(server: Server): State {
    const state = this.#states.get(server)
    if (!state) throw new Error('that server is not in the list')
    return state
  }
}
