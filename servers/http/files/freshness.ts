/**
 * Decides how long a check of a file holds. A period ends after a second, and at once if this process changes a file of the
 * tree, so that changes by other programs are seen within a second and all others at once. Comparing two numbers is all that
 * a request costs; the timer runs only while files are requested.
 */
import type { FileTree } from '../../../shared/files/file-tree.ts'

/** When a file in memory is compared with the one on disk: for every request, or once in a period. */
export type Revalidation = 'always' | 'interval'

/** How long a change by another program can stay unnoticed. */
const PERIOD_MS = 1000
/** Never the number of a period. */
const EXPIRED = -1

export class Freshness {
  readonly #revalidation: Revalidation
  readonly #periodMs: number
  readonly #stopListening: () => void
  #period = 0
  #timer: NodeJS.Timeout | undefined

  constructor(tree: FileTree, revalidation: Revalidation, periodMs = PERIOD_MS) {
    this.#revalidation = revalidation
    this.#periodMs = periodMs
    this.#stopListening = tree.onChange(() => this.#end())
  }

  /** The number of the current period. */
  get period(): number {
    return this.#period
  }

  /** Call before a check. Returns the number of the period in which the check holds. */
  beginCheck(): number {
    if (this.#revalidation === 'always') return EXPIRED
    this.#timer ??= setTimeout(() => this.#end(), this.#periodMs).unref()
    return this.#period
  }

  close(): void {
    this.#stopListening()
    this.#end()
  }

  #end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#period += 1
  }
}
