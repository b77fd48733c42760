/** Questions that are being asked: who asks the same meanwhile waits for the same response (RFC 5452, section 5). Pure. */

export interface InFlightLimits {
  /** Each takes a socket. */
  readonly questions: number
  /** Clients that wait, over all questions: each holds its query. */
  readonly waiting: number
}

export const IN_FLIGHT_LIMITS: InFlightLimits = { questions: 256, waiting: 2048 }

export class InFlight<Found> {
  readonly #limits: InFlightLimits
  readonly #questions = new Map<string, Promise<Found>>()
  #waiting = 0

  constructor(limits = IN_FLIGHT_LIMITS) {
    this.#limits = limits
  }

  get questions(): number {
    return this.#questions.size
  }

  /** Waits for the question's response, asking where nobody does so already; undefined where there are too many. */
  async join(key: string, ask: () => Promise<Found>): Promise<Found | undefined> {
    if (this.#waiting >= this.#limits.waiting) return undefined
    const asking = this.#questions.get(key) ?? this.#start(key, ask)
    if (!asking) return undefined
    this.#waiting++
    try {
      return await asking
    } finally {
      this.#waiting--
    }
  }

  #start(key: string, ask: () => Promise<Found>): Promise<Found> | undefined {
    if (this.#questions.size >= this.#limits.questions) return undefined
    const asking = ask().finally(() => this.#questions.delete(key))
    this.#questions.set(key, asking)
    return asking
  }
}
