/**
 * Caches written responses for repeated queries: parsing a query, looking up the records and writing the response takes several
 * times as long as a lookup in the cache. The key is the whole query except its id, so it includes the case of the name, RD and
 * EDNS. Pure.
 */

export interface CachedResponse {
  /** A copy for the caller, with the id of the query. */
  readonly response: Buffer
  /** True if the query had an OPT record. */
  readonly edns: boolean
}

/** Bytes are stored as a string, which takes a third of the memory of a Buffer. */
interface Entry {
  /** With the id of the query that it was written for. */
  readonly response: string
  readonly edns: boolean
}

type Generation = Map<string, Entry>

/** Bounds of one generation. An entry takes about 100 bytes besides the query and the response. */
export interface Bounds {
  readonly entries: number
  readonly bytes: number
}

const BOUNDS: Bounds = { entries: 32_768, bytes: 4 * 1024 * 1024 }
/** The longest name, an OPT record and one or two options. Longer queries are rare and not cached. */
const MAX_QUERY_BYTES = 320
const ID_BYTES = 2

/**
 * The responses to one class of clients, in two generations. Entries that are used move from the old to the young generation;
 * when the young one is full, it becomes the old one, and the old one is dropped. A flood of random names therefore does not
 * evict the entries that many clients use.
 */
class Generations {
  readonly #bounds: Bounds
  #young: Generation = new Map()
  #old: Generation = new Map()
  #youngBytes = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  find(key: string): Entry | undefined {
    const young = this.#young.get(key)
    if (young) return young
    const old = this.#old.get(key)
    if (old) this.add(key, old)
    return old
  }

  add(key: string, entry: Entry): void {
    if (this.#young.size >= this.#bounds.entries || this.#youngBytes >= this.#bounds.bytes) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngBytes = 0
    }
    this.#young.set(key, entry)
    this.#youngBytes += key.length + entry.response.length
  }
}

export class ResponseCache {
  readonly #bounds: Bounds
  #byClientClass = new Map<string, Generations>()
  #version: number | undefined

  constructor(bounds = BOUNDS) {
    this.#bounds = bounds
  }

  /**
   * Returns the response to an earlier query with the same bytes, or undefined.
   *
   * @param clientClass a property of the client on which the response depends
   * @param version the version of the zones; the cache drops responses of another version
   */
  find(query: Buffer, clientClass: string, version: number | undefined): CachedResponse | undefined {
    if (version !== this.#version) this.#clear(version)
    if (query.length > MAX_QUERY_BYTES) return undefined
    const entry = this.#byClientClass.get(clientClass)?.find(keyOf(query))
    return entry && { response: withIdOf(query, entry.response), edns: entry.edns }
  }

  /** Adds a response; the version is that of the last call of `find`. */
  add(query: Buffer, clientClass: string, { response, edns }: CachedResponse): void {
    if (query.length > MAX_QUERY_BYTES) return
    const generations = this.#byClientClass.get(clientClass) ?? new Generations(this.#bounds)
    this.#byClientClass.set(clientClass, generations)
    generations.add(keyOf(query), { response: response.toString('latin1'), edns })
  }

  #clear(version: number | undefined): void {
    this.#version = version
    this.#byClientClass = new Map()
  }
}

/** Returns a message without its id, one character for each byte. */
function keyOf(message: Buffer): string {
  return message.toString('latin1', ID_BYTES)
}

function withIdOf(query: Buffer, cached: string): Buffer {
  const response = Buffer.from(cached, 'latin1')
  response.writeUInt16BE(query.readUInt16BE())
  return response
}
