/**
 * A map of which every change makes a new version, while the old ones stay as they were. All versions share one table, that
 * of the newest; an older one knows what it has otherwise than the next. So a change costs what it changes, whatever the
 * size of the map, the newest version is as fast as a plain map, and an old one that nobody holds is gone. (Baker,
 * "Shallow binding makes functional arrays fast", 1991.) Pure.
 */

/** Keys that were removed keep their place in the table; this many of them, and more than keep a value, make a new table. */
const MAX_DEAD_KEYS = 1024

/** What came after a version: the next one, and what it has otherwise than that. */
interface Later<Value extends NonNullable<unknown>> {
  next: VersionedMap<Value>
  readonly otherwise: Map<string, Value | undefined>
}

export class VersionedMap<Value extends NonNullable<unknown>> {
  /** Removed keys are in it with undefined: a walk through an older version still comes by them. */
  readonly #newest: Map<string, Value | undefined>
  readonly size: number
  /** The first version of the table: a zone as its file has it, which is held for as long as the file is served. */
  readonly #first: WeakRef<VersionedMap<Value>>
  #later: Later<Value> | undefined

  /** @param values taken over, not copied */
  constructor(values: Map<string, Value | undefined>)
  constructor(values: Map<string, Value | undefined>, size: number, first: WeakRef<VersionedMap<Value>>)
  constructor(values: Map<string, Value | undefined>, size = values.size, first?: WeakRef<VersionedMap<Value>>) {
    this.#newest = values
    this.size = size
    this.#first = first ?? new WeakRef(this)
  }

  get(key: string): Value | undefined {
    if (!this.#later) return this.#newest.get(key)
    const otherwise = this.#caughtUp(this.#later)
    return otherwise.has(key) ? otherwise.get(key) : this.#newest.get(key)
  }

  /** Keys with their values; in the order of adding, whatever is changed while it goes on. */
  *entries(): Generator<[string, Value]> {
    for (const [key, newest] of this.#newest) {
      // Looking every key up would take three times as long.
      const value = this.#later ? this.get(key) : newest
      if (value !== undefined) yield [key, value]
    }
  }

  /** The next version: undefined removes a key. A second one of the same version costs a copy of all. */
  with(changes: ReadonlyMap<string, Value | undefined>): VersionedMap<Value> {
    if (changes.size === 0) return this
    if (this.#later) return this.#copy().with(changes)
    const otherwise = new Map<string, Value | undefined>()
    let { size } = this
    for (const [key, value] of changes) {
      const before = this.#newest.get(key)
      otherwise.set(key, before)
      size += Number(value !== undefined) - Number(before !== undefined)
    }
    for (const [key, value] of changes) this.#newest.set(key, value)
    const next = new VersionedMap(this.#newest, size, this.#first)
    this.#later = { next, otherwise }
    // The first would hold all versions after it, one for every change ever made, and needs the newest only.
    const first = this.#first.deref() ?? this
    if (first.#later) first.#caughtUp(first.#later)
    return next.#isMostlyDead() ? next.#copy() : next
  }

  #isMostlyDead(): boolean {
    return this.#newest.size - this.size > Math.max(MAX_DEAD_KEYS, this.size)
  }

  #copy(): VersionedMap<Value> {
    return new VersionedMap(new Map(this.entries()))
  }

  /** Takes over what the versions after this one changed, so that however many there are, one look is enough. */
  #caughtUp(later: Later<Value>): ReadonlyMap<string, Value | undefined> {
    for (let after = later.next.#later; after; after = after.next.#later) {
      for (const [key, value] of after.otherwise) if (!later.otherwise.has(key)) later.otherwise.set(key, value)
      later.next = after.next
    }
    return later.otherwise
  }
}
