/**
 * Splits what a client sends into command lines and message content. It takes the place of smtp-server's parser, whose rules
 * for dots and line ends differ from RFC 5321.
 */
import { Writable } from 'node:stream'

const LF = 0x0a
const CR = 0x0d

/** Commands that run before other connections get a turn. */
const MAX_COMMANDS_PER_TICK = 100

/** Reads bytes of a message. Returns how many of them belong to it if it ends in them, else undefined. */
type Read = (bytes: Uint8Array) => number | undefined

/** What the bytes belong to. */
type Mode =
  | { readonly name: 'commands' }
  | { readonly name: 'data'; readonly read: Read; readonly end: () => void }
  | { readonly name: 'chunk'; readonly read: (bytes: Uint8Array) => void; left: number; readonly end: () => void }

const COMMANDS: Mode = { name: 'commands' }

export interface InputOptions {
  /** Bytes of a command line with its line end. */
  readonly maxLine: number
  /** Runs a command line without its line end; `next` continues with the next one. */
  readonly onCommand: (line: Buffer, next: () => void) => void
  /** Runs the work on bytes that have arrived, now or when it is the turn of this connection. */
  readonly schedule: (work: () => void) => void
  /** Called when a line exceeds `maxLine`. It must close the connection. */
  readonly onLineTooLong: () => void
}

export class SmtpInput extends Writable {
  readonly #options: InputOptions
  #mode: Mode = COMMANDS
  /** The beginning of a line whose end has not arrived. */
  #partial: Buffer[] = []
  #partialLength = 0
  /** Bytes that wait until the reply to a message is sent. */
  #resume: (() => void) | undefined
  #isPaused = false
  #runs = 0
  /** smtp-server sets it: nothing more is dispatched. */
  isClosed = false

  constructor(options: InputOptions) {
    super()
    this.#options = options
  }

  /** Reads the content of a message after DATA. `end` is called after it; commands wait until `resume`. */
  startData(read: Read, end: () => void): void {
    this.#mode = { name: 'data', read, end }
  }

  /** Reads a chunk of BDAT. `end` is called after it; commands wait until `resume`. */
  startChunk(length: number, read: (bytes: Uint8Array) => void, end: () => void): void {
    this.#mode = { name: 'chunk', read, left: length, end }
  }

  /** Continues with the commands after a message or chunk. */
  resume(): void {
    this.#isPaused = false
    const resume = this.#resume
    this.#resume = undefined
    resume?.()
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#options.schedule(() => this.#read(bytes, 0, done))
  }

  #read(bytes: Buffer, start: number, done: () => void): void {
    let position = start
    while (!this.isClosed && !this.#isPaused) {
      if (this.#mode.name === 'chunk' && this.#mode.left === 0) {
        this.#endContent()
      } else if (position >= bytes.length) {
        done()
        return
      } else if (this.#mode.name !== 'commands') {
        position = this.#readContent(this.#mode, bytes, position)
      } else {
        const end = bytes.indexOf(LF, position)
        const line = this.#takeLine(end < 0 ? bytes.subarray(position) : bytes.subarray(position, end + 1))
        position = end < 0 ? bytes.length : end + 1
        const next = position
        if (line && !this.#runsNow(line, () => this.#read(bytes, next, done))) return
      }
    }
    if (this.isClosed) done()
    else this.#resume = () => this.#read(bytes, position, done)
  }

  /** Runs a command. True if it has finished, so that the caller continues; else `later` continues when it has. */
  #runsNow(line: Buffer, later: () => void): boolean {
    let isSynchronous = true
    let hasFinished = false
    this.#options.onCommand(line, () => {
      if (hasFinished) return
      hasFinished = true
      if (!isSynchronous) later()
    })
    isSynchronous = false
    if (!hasFinished) return false
    this.#runs += 1
    if (this.#runs % MAX_COMMANDS_PER_TICK !== 0) return true
    setImmediate(later)
    return false
  }

  /** Returns the position after the content in the bytes. */
  #readContent(mode: Exclude<Mode, { name: 'commands' }>, bytes: Buffer, position: number): number {
    if (mode.name === 'data') {
      const length = mode.read(position === 0 ? bytes : bytes.subarray(position))
      if (length === undefined) return bytes.length
      this.#endContent()
      return position + length
    }
    const end = Math.min(bytes.length, position + mode.left)
    mode.left -= end - position
    mode.read(bytes.subarray(position, end))
    return end
  }

  #endContent(): void {
    const mode = this.#mode
    this.#mode = COMMANDS
    this.#isPaused = true
    if (mode.name !== 'commands') mode.end()
  }

  /**
   * Takes a line or a part of one. Returns a complete line without its end; else undefined. Lines end with CRLF; LF alone is
   * accepted for lines typed by hand.
   */
  #takeLine(bytes: Buffer): Buffer | undefined {
    this.#partialLength += bytes.length
    if (this.#partialLength > this.#options.maxLine) {
      this.#options.onLineTooLong()
      return undefined
    }
    if (bytes.at(-1) !== LF) {
      this.#partial.push(Buffer.from(bytes))
      return undefined
    }
    const line = this.#partial.length === 0 ? bytes : Buffer.concat([...this.#partial, bytes])
    this.#partial = []
    this.#partialLength = 0
    return line.subarray(0, line.length - (line.at(-2) === CR ? 2 : 1))
  }
}
