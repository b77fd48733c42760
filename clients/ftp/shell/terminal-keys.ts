/** The keys that are pressed on a terminal, for readline. */
import { Transform, type TransformCallback } from 'node:stream'

const TAB = 9

/**
 * Passes each tab in a chunk of its own. Readline inserts a tab that is followed by other keys in its chunk, because it takes them for
 * pasted text. But keys that are pressed while a completion waits for the server arrive in one chunk.
 */
export class TerminalKeys extends Transform {
  readonly #terminal: NodeJS.ReadStream

  constructor(terminal: NodeJS.ReadStream) {
    super()
    this.#terminal = terminal
    terminal.pipe(this)
  }

  override _transform(keys: Buffer, _: BufferEncoding, done: TransformCallback): void {
    let start = 0
    for (let tab = keys.indexOf(TAB); tab >= 0; tab = keys.indexOf(TAB, start)) {
      if (tab > start) this.push(keys.subarray(start, tab))
      this.push(keys.subarray(tab, tab + 1))
      start = tab + 1
    }
    done(null, start < keys.length ? keys.subarray(start) : undefined)
  }

  /** Readline calls it. The streams of tests do not have it. */
  setRawMode(isRaw: boolean): this {
    this.#terminal.setRawMode?.(isRaw)
    return this
  }

  /** Stops reading the terminal, so that the process can end. */
  close(): void {
    this.#terminal.unpipe(this)
    this.#terminal.pause()
  }
}
