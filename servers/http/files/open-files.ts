/** Bounds the files that are open at once while they are sent: clients that read slowly must not use all of the process. */

import type { OpenFile } from './large-file.ts'
import { openSource } from './open-file.ts'
import type { SourceFile } from './source-file.ts'

export class OpenFiles {
  readonly #max: number
  #open = 0

  constructor(max: number) {
    this.#max = max
  }

  /**
   * Opens a file; returns undefined if it is no longer in this version, and `busy` if too many are open. The caller closes it.
   *
   * @throws the system error if the file cannot be opened
   */
  async open(source: SourceFile): Promise<OpenFile | 'busy' | undefined> {
    if (this.#open >= this.#max) return 'busy'
    this.#open += 1
    let isOpen = false
    try {
      const handle = await openSource(source)
      if (!handle) return undefined
      isOpen = true
      return { handle, close: () => handle.close().finally(() => this.#release()) }
    } finally {
      if (!isOpen) this.#release()
    }
  }

  #release(): void {
    this.#open -= 1
  }
}
