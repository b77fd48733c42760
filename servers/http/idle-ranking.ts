/**
 * Chooses the connection that has been idle longest. At the bound, every new client needs one, and to look at thousands of
 * connections for each of them would take longer than to serve it. So it ranks them once for many choices: a connection that
 * becomes idle later follows all that are ranked. Pure.
 */

/** Connections that are ranked at a time; also bounds how many that have closed since are kept. */
const MAX_RANKED = 256

interface Candidate {
  readonly connection: { readonly socket: { readonly destroyed: boolean } }
  /** `idleSince` is undefined while the connection has work. */
  readonly handler: { readonly idleSince?: number | undefined }
}

interface Ranked<Connection> {
  readonly candidate: Connection
  readonly since: number
}

export class IdleRanking<Connection extends Candidate> {
  /** The idlest is last. */
  #ranked: Ranked<Connection>[] = []
  #address: string | undefined

  /**
   * Returns the idlest connection, which must then end; undefined if all have work.
   *
   * @param address the address of these connections, if they are not those of all addresses
   */
  take(open: readonly Connection[], address?: string): Connection | undefined {
    if (address !== this.#address) this.#ranked = []
    this.#address = address
    return this.#takeRanked() ?? this.#rank(open).#takeRanked()
  }

  #takeRanked(): Connection | undefined {
    for (let last = this.#ranked.pop(); last; last = this.#ranked.pop()) {
      const { candidate, since } = last
      // It may have had work since.
      if (candidate.handler.idleSince === since && !candidate.connection.socket.destroyed) return candidate
    }
    return undefined
  }

  #rank(open: readonly Connection[]): this {
    for (const candidate of open) {
      const { idleSince: since } = candidate.handler
      if (since !== undefined) this.#ranked.push({ candidate, since })
    }
    this.#ranked = this.#ranked
      .sort((one, other) => one.since - other.since)
      .slice(0, MAX_RANKED)
      .reverse()
    return this
  }
}
