/**
 * A persistent map: a change creates a new version, and all versions stay valid. They share one table, which has the values of
 * the newest version; an older version stores the values that differ in its successor. So a change costs time and memory
 * for the changed keys only, the newest version is as fast as a plain map, and unreferenced versions are collected. (Baker,
 * "Shallow binding makes functional arrays fast", 1991.) Pure.
 */

/** Removed keys stay in the table. If there are more than this, and more than keys with values, a new table replaces it. */
const MAX_REMOVED_KEYS = 1024

/** The successor of a version, and the values of the version that differ in the successor. */
interface Successor<Value extends NonNullable<unknown>> {
  version: VersionedMap<Value>
  readonly differences: Map<string, Value | undefined>
}

export class VersionedMap<Value extends NonNullable<unknown>> {
  /** The values of the newest version. Removed keys have undefined, so that iterating older versions finds them. */
  readonly #table: Map<string, Value | undefined>
  readonly size: number
  /** The first version of the table: a zone as its file has it, which is referenced as long as the file is served. */
  readonly #first: WeakRef<VersionedMap<Value>>
  #successor: Successor<Value> | undefined

  /** @param values owned by the map from now on */
  constructor(values: Map<string, Value | undefined>)
  constructor(values: Map<string, Value | undefined>, size: number, first: WeakRef<VersionedMap<Value>>)
  constructor(values: Map<string, Value | undefined>, size = values.size, first?: WeakRef<VersionedMap<Value>>) {
    this.#table = values
    this.size = size
    this.#first = first ?? new WeakRef(this)
  }

  get(key: string): Value | undefined {
    if (!this.#successor) return this.#table.get(key)
    const differences = this.#differencesToNewest(this.#successor)
    return differences.has(key) ? differences.get(key) : this.#table.get(key)
  }

  /** Yields the keys with their values in insertion order. Changes made during the iteration do not affect it. */
  *entries(): Generator<[string, Value]> {
    for (const [key, newest] of this.#table) {
      // Calling `get` for every key would take three times as long.
      const value = this.#successor ? this.get(key) : newest
      if (value !== undefined) yield [key, value]
    }
  }

  /** Returns a new version; undefined removes a key. A second successor of the same version costs a copy of the map. */
  with(changes: ReadonlyMap<string, Value | undefined>): VersionedMap<Value> {
    if (changes.size === 0) return this
    if (this.#successor) return this.#copy().with(changes)
    const differences = new Map<string, Value | undefined>()
    let { size } = this
    for (const [key, value] of changes) {
      const previous = this.#table.get(key)
      differences.set(key, previous)
      size += Number(value !== undefined) - Number(previous !== undefined)
    }
    for (const [key, value] of changes) this.#table.set(key, value)
    const next = new VersionedMap(this.#table, size, this.#first)
    this.#successor = { version: next, differences }
    // The first version would reference every later one; make it reference the newest only.
    const first = this.#first.deref() ?? this
    if (first.#successor) first.#differencesToNewest(first.#successor)
    return next.#hasTooManyRemovedKeys() ? next.#copy() : next
  }

  #hasTooManyRemovedKeys(): boolean {
    return this.#table.size - this.size > Math.max(MAX_REMOVED_KEYS, this.size)
  }

  #copy(): VersionedMap<Value> {
    return new VersionedMap(new Map(this.entries()))
  }

  /** Merges the differences of all later versions into this one, so that a lookup takes one step. */
  #differencesToNewest(successor: Successor<Value>): ReadonlyMap<string, Value | undefined> {
    const { differences } = successor
    for (let later = successor.version.#successor; later; later = later.version.#successor) {
      for (const [key, value] of later.differences) if (!differences.has(key)) differences.set(key, value)
      successor.version = later.version
    }
    return differences
  }
}
