/** Writes lines in batches, for the sinks that write each event as a line. */
import type { Writable } from 'node:stream'

/** Characters that are written at once. */
const MAX_BATCH_LENGTH = 64 * 1024

/** Writes the lines of one iteration of the event loop together: a system call for each costs more than what they report. */
export class BatchedLines {
  readonly #output: Writable
  #text = ''
  #scheduled: NodeJS.Immediate | undefined

  constructor(output: Writable) {
    this.#output = output
  }

  add(line: string): void {
    this.#text += `${line}\n`
    this.#scheduled ??= setImmediate(() => this.flush())
    if (this.#text.length >= MAX_BATCH_LENGTH) this.flush()
  }

  flush(): void {
    clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    if (this.#text !== '') this.#output.write(this.#text)
    this.#text = ''
  }
}
