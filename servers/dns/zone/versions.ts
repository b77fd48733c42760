/**
 * A map of which every change makes a new version, while the old ones stay as they were. All versions share one table, that
 * of the newest; an older one knows what it has otherwise than the next. So a change costs what it changes, whatever the
 * size of the map, the newest version is as fast as a plain map, and an old one that nobody holds is gone. (Baker,
 * "Shallow binding makes functional arrays fast", 1991.) Pure.
 */

/** Keys that were removed keep their place in the table; this many of them, and more than keep a value, make a new table. */
const MAX_DEAD_KEYS = 1024

export class VersionedMap<Value extends NonNullable<unknown>> {
  /** Removed keys are in it with undefined: a walk through an older version still comes by them. */
  readonly #newest: Map<string, Value | undefined>
  readonly size: number
  /** The version that was made of this one, and what this one has otherwise. */
  #next: VersionedMap<Value> | undefined
  #otherwise: Map<string, Value | undefined> | undefined

  /** @param values taken over, not copied */
  constructor(values: Map<string, Value | undefined>, size: number = values.size) {
    this.#newest = values
    this.size = size
  }

  get(key: string): Value | undefined {
    if (!this.#next) return this.#newest.get(key)
    const otherwise = this.#caughtUp()
    return otherwise.has(key) ? otherwise.get(key) : this.#newest.get(key)
  }

  /** Keys with their values; in the order of adding, whatever is changed while it goes on. */
  *entries(): Generator<[string, Value]> {
    for (const key of this.#newest.keys()) {
      const value = this.get(key)
      if (value !== undefined) yield [key, value]
    }
  }

  /** The next version: undefined removes a key. A second one of the same version costs a copy of all. */
  with(changes: ReadonlyMap<string, Value | undefined>): VersionedMap<Value> {
    if (changes.size === 0) return this
    if (this.#next) return this.#copy().with(changes)
    const otherwise = new Map<string, Value | undefined>()
    let { size } = this
    for (const [key, value] of changes) {
      const before = this.#newest.get(key)
      otherwise.set(key, before)
      size += Number(value !== undefined) - Number(before !== undefined)
    }
    for (const [key, value] of changes) this.#newest.set(key, value)
    const next = new VersionedMap(this.#newest, size)
    this.#next = next
    this.#otherwise = otherwise
    return next.#isMostlyDead() ? next.#copy() : next
  }

  #isMostlyDead(): boolean {
    return this.#newest.size - this.size > Math.max(MAX_DEAD_KEYS, this.size)
  }

  #copy(): VersionedMap<Value> {
    return new VersionedMap(new Map(this.entries()))
  }

  /** Takes over what the versions after this one changed, so that however many there are, one look is enough. */
  #caughtUp(): Map<string, Value | undefined> {
    const otherwise = this.#otherwise ?? new Map<string, Value | undefined>()
    let next = this.#next
    while (next) {
      const after: VersionedMap<Value> | undefined = next.#next
      if (!after) break
      for (const [key, value] of next.#otherwise ?? []) if (!otherwise.has(key)) otherwise.set(key, value)
      next = after
    }
    this.#next = next
    return otherwise
  }
}
