/**
 * Reads the content of a message: after DATA until the line that is a dot, or in chunks of BDAT. Pure.
 *
 * - Only CRLF.CRLF ends the data (RFC 5321, section 4.1.1.4), and only a dot after CRLF is removed (section 4.5.2). Reading
 *   `LF.LF` as an end lets a client smuggle a second message past a server that does not.
 * - Line ends and NUL are never changed. A bare CR, a bare LF or a NUL is reported with its line.
 * - Each byte is looked at once, so that the speed does not depend on the content.
 */

export type ContentProblem = 'bare CR' | 'bare LF' | 'NUL'

export interface DataReaderOptions {
  /** Bytes of the content that are kept; what exceeds it is read and discarded. */
  readonly maxSize: number
  /** True after DATA: a dot ends the data, or is removed. False for BDAT. */
  readonly dotStuffed: boolean
  /** Called before memory is allocated. If it returns false, the rest of the content is discarded. */
  readonly reserve: (bytes: number) => boolean
}

/** Why the content cannot be accepted. */
export type Rejection =
  | { readonly reason: 'too big' }
  | { readonly reason: 'no memory' }
  | { readonly reason: 'malformed'; readonly problem: ContentProblem; readonly line: number }

const NUL = 0x00
const LF = 0x0a
const CR = 0x0d
const DOT = 0x2e
const CR_BYTE = Uint8Array.of(CR)

/** Where the next byte is in its line. */
const LINE_START = 0
const IN_LINE = 1
const AFTER_CR = 2
/** After a dot at the start of a line, which is not content. */
const AFTER_DOT = 3
/** After a dot and a CR at the start of a line: LF ends the data. */
const AFTER_DOT_CR = 4

/** Bytes from which a copy as a whole is faster than byte by byte. */
const MIN_COPY = 24
const FIRST_BLOCK_BYTES = 4096
export const MAX_BLOCK_BYTES = 256 * 1024

export class DataReader {
  readonly #options: DataReaderOptions
  /** Full blocks of the content. */
  readonly #blocks: Buffer[] = []
  /** The block that is being filled; memory that is written over and over once the content is discarded. */
  #block = Buffer.alloc(0)
  #used = 0
  #size = 0
  #state = LINE_START
  #line = 1
  #discards = false
  #lacksMemory = false
  #malformed: Rejection | undefined

  constructor(options: DataReaderOptions) {
    this.#options = options
  }

  /** Bytes of the content so far, those that were discarded included. */
  get size(): number {
    return this.#size
  }

  /** Why the content cannot be accepted. */
  get rejection(): Rejection | undefined {
    if (this.#size > this.#options.maxSize) return { reason: 'too big' }
    return this.#lacksMemory ? { reason: 'no memory' } : this.#malformed
  }

  /** Returns the content behind a header of our own, in memory of its own; only the header if it was discarded. */
  contentAfter(header: Uint8Array): Buffer {
    const content = this.#discards ? [] : [...this.#blocks, this.#block.subarray(0, this.#used)]
    const length = content.reduce((sum, block) => sum + block.length, header.length)
    const joined = Buffer.allocUnsafeSlow(length)
    let position = 0
    for (const block of [header, ...content]) {
      joined.set(block, position)
      position += block.length
    }
    return joined
  }

  /** Reads a chunk. Returns how many of its bytes belong to the data if the data ends in it, else undefined. */
  read(chunk: Uint8Array): number | undefined {
    const { dotStuffed } = this.#options
    const { length } = chunk
    let state = this.#state
    /** The first byte of the content that is not stored yet. */
    let start = 0
    for (let position = 0; position < length; position += 1) {
      const byte = chunk[position] as number
      if (state === IN_LINE && byte > CR) continue
      if (state === LINE_START && byte === DOT && dotStuffed) {
        this.#append(chunk, start, position)
        start = position + 1
        state = AFTER_DOT
        continue
      }
      if (state === AFTER_DOT && byte === CR) {
        state = AFTER_DOT_CR
        continue
      }
      if (state === AFTER_DOT_CR) {
        if (byte === LF) return position + 1
        // This CR is content, and was in the chunk before.
        if (position === 0) this.#append(CR_BYTE, 0, 1)
        state = AFTER_CR
      }
      state = this.#checkByte(byte, state)
    }
    this.#state = state
    if (state !== AFTER_DOT_CR) this.#append(chunk, start, length)
    return undefined
  }

  /** Ends content of BDAT, whose end is not in the data: a CR at the end has no LF. */
  end(): void {
    if (this.#state === AFTER_CR) this.#report('bare CR')
  }

  /** Frees the content, and discards what follows. */
  discard(): void {
    this.#discards = true
    this.#blocks.length = 0
    if (this.#block.length === 0) this.#block = Buffer.allocUnsafeSlow(FIRST_BLOCK_BYTES)
    this.#used = 0
  }

  /** Reports a byte that must not be where it is; returns the state after it. */
  #checkByte(byte: number, state: number): number {
    if (byte === LF) {
      if (state !== AFTER_CR) this.#report('bare LF')
      this.#line += 1
      return state === AFTER_CR ? LINE_START : IN_LINE
    }
    if (state === AFTER_CR) this.#report('bare CR')
    if (byte === NUL) this.#report('NUL')
    return byte === CR ? AFTER_CR : IN_LINE
  }

  #append(source: Uint8Array, start: number, end: number): void {
    for (let position = start; position < end; ) {
      if (this.#used === this.#block.length) this.#nextBlock()
      const stop = Math.min(end, position + this.#block.length - this.#used)
      if (stop - position >= MIN_COPY) this.#block.set(source.subarray(position, stop), this.#used)
      else
        for (let index = 0; index < stop - position; index += 1)
          this.#block[this.#used + index] = source[position + index] as number
      this.#used += stop - position
      this.#size += stop - position
      position = stop
    }
  }

  /** Takes the next block, or discards the content if there is no room for one. */
  #nextBlock(): void {
    const { maxSize, reserve } = this.#options
    const length = Math.min(this.#block.length === 0 ? FIRST_BLOCK_BYTES : 2 * this.#block.length, MAX_BLOCK_BYTES)
    if (this.#discards) {
      this.#used = 0
    } else if (this.#size >= maxSize) {
      this.discard()
    } else if (!reserve(length)) {
      this.#lacksMemory = true
      this.discard()
    } else {
      if (this.#used > 0) this.#blocks.push(this.#block)
      this.#block = Buffer.allocUnsafeSlow(length)
      this.#used = 0
    }
  }

  #report(problem: ContentProblem): void {
    this.#malformed ??= { reason: 'malformed', problem, line: this.#line }
  }
}
