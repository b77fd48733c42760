/**
 * Answers as they were written, for who asks the same again: most of the work for a query is the same for the next one,
 * and reading it, finding the records and writing them costs several times what a look in here does. An answer is found by
 * all bytes of its query but the id, so that whatever can make a difference does: the case of the name, RD, EDNS. Pure.
 */

export interface ReadyAnswer {
  /** A copy of the caller's own, with the query's id. */
  readonly response: Buffer
  /** True where the query had an OPT record. */
  readonly edns: boolean
}

/** What is kept: a string of bytes takes a third of what a Buffer does. */
interface Kept {
  /** With the id of the query that it was written for. */
  readonly response: string
  readonly edns: boolean
}

type Generation = Map<string, Kept>

/** How much one of the two generations holds. Each entry takes about 100 bytes beside those of the query and the answer. */
export interface Bounds {
  readonly entries: number
  readonly bytes: number
}

const BOUNDS: Bounds = { entries: 32_768, bytes: 4 * 1024 * 1024 }
/** The longest name, an OPT record, and room for an option or two: what is longer is rare, and is not looked for. */
const MAX_QUERY_BYTES = 320
const ID_BYTES = 2

/**
 * Answers of one kind of client, of one version of the zones. There are two generations: what is asked for moves from the
 * old to the young one, and when that is full it becomes the old one and the old one is dropped. So a flood of names that
 * nobody asks twice costs little, and does not take away what many ask for.
 */
class ReadyForClients {
  readonly #bounds: Bounds
  #young: Generation = new Map()
  #old: Generation = new Map()
  #youngBytes = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  find(key: string): Kept | undefined {
    const young = this.#young.get(key)
    if (young) return young
    const old = this.#old.get(key)
    if (old) this.keep(key, old)
    return old
  }

  keep(key: string, kept: Kept): void {
    if (this.#young.size >= this.#bounds.entries || this.#youngBytes >= this.#bounds.bytes) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngBytes = 0
    }
    this.#young.set(key, kept)
    this.#youngBytes += key.length + kept.response.length
  }
}

export class ReadyAnswers {
  readonly #bounds: Bounds
  /** By the kind of client: how much of an answer is sent, and with which options, depends on it. */
  #byClients = new Map<string, ReadyForClients>()
  #version: number | undefined

  constructor(bounds = BOUNDS) {
    this.#bounds = bounds
  }

  /**
   * The answer to the same query before.
   *
   * @param clients what the answer depends on beside the query: the transport, and whether the client is trusted
   * @param version of the zones; what was kept of another one is forgotten
   */
  find(query: Buffer, clients: string, version: number | undefined): ReadyAnswer | undefined {
    if (version !== this.#version) this.#forget(version)
    if (query.length > MAX_QUERY_BYTES) return undefined
    const kept = this.#byClients.get(clients)?.find(keyOf(query))
    return kept && { response: responseTo(query, kept.response), edns: kept.edns }
  }

  /** Keeps an answer that will be the same whenever the same is asked by a client of that kind, of that version. */
  keep(query: Buffer, clients: string, { response, edns }: ReadyAnswer): void {
    if (query.length > MAX_QUERY_BYTES) return
    const ready = this.#byClients.get(clients) ?? new ReadyForClients(this.#bounds)
    this.#byClients.set(clients, ready)
    ready.keep(keyOf(query), { response: response.toString('latin1'), edns })
  }

  #forget(version: number | undefined): void {
    this.#version = version
    this.#byClients = new Map()
  }
}

/** A message without its id, byte for character. */
function keyOf(message: Buffer): string {
  return message.toString('latin1', ID_BYTES)
}

function responseTo(query: Buffer, kept: string): Buffer {
  const response = Buffer.from(kept, 'latin1')
  response.writeUInt16BE(query.readUInt16BE())
  return response
}
