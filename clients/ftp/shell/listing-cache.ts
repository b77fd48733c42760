/** The listings of directories that completion has used. */
import type { FtpEntry } from '../session/entry.ts'

/** Bounds the directories, the entries of each, and how long a listing is used. */
const MAX_DIRECTORIES = 50
const MAX_ENTRIES = 10_000
const MAX_AGE_MS = 30_000

export class ListingCache {
  readonly #listings = new Map<string, { readonly entries: readonly FtpEntry[]; readonly readAt: number }>()
  readonly #list: (path: string) => Promise<readonly FtpEntry[]>
  readonly #now: () => number

  constructor(list: (path: string) => Promise<readonly FtpEntry[]>, now: () => number) {
    this.#list = list
    this.#now = now
  }

  /** Returns the entries of a directory; none if it cannot be listed. */
  async read(path: string): Promise<readonly FtpEntry[]> {
    const known = this.#listings.get(path)
    if (known && this.#now() - known.readAt < MAX_AGE_MS) return known.entries
    const entries = (await this.#list(path).catch(() => [])).slice(0, MAX_ENTRIES)
    const [oldest] = this.#listings.keys()
    if (oldest !== undefined && this.#listings.size >= MAX_DIRECTORIES) this.#listings.delete(oldest)
    this.#listings.set(path, { entries, readAt: this.#now() })
    return entries
  }

  /** Forgets all listings, after a change. */
  clear(): void {
    this.#listings.clear()
  }
}
