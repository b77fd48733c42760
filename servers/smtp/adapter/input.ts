/**
 * Splits what a client sends into command lines and message content. It takes the place of smtp-server's parser, whose rules
 * for dots and line ends differ from RFC 5321.
 */
import { Writable } from 'node:stream'
import type { DataReader } from '../message/data-reader.ts'

const LF = 0x0a
const CR = 0x0d

/** Commands that run before other connections get a turn. */
const MAX_COMMANDS_PER_TICK = 100

/** What the bytes belong to. */
type Mode =
  | { readonly name: 'commands' }
  | { readonly name: 'data'; readonly reader: DataReader; readonly end: () => void }
  | { readonly name: 'chunk'; readonly reader: DataReader | undefined; left: number; readonly end: () => void }

const COMMANDS: Mode = { name: 'commands' }

export interface InputOptions {
  /** Bytes of a command line with its line end. */
  readonly maxLine: number
  /** Runs a command line without its line end; `next` continues with the next one. */
  readonly onCommand: (line: Buffer, next: () => void) => void
  /** Called once for a line that is too long, at its end. */
  readonly onLineTooLong: (next: () => void) => void
  /** Called for every block of message content. */
  readonly onContent: () => void
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

  /** True while the client sends the content of a message. */
  get inContent(): boolean {
    return this.#mode !== COMMANDS
  }

  /** Reads the content of a message after DATA. `end` is called after it; commands wait until `resume`. */
  startData(reader: DataReader, end: () => void): void {
    this.#mode = { name: 'data', reader, end }
  }

  /** Reads a chunk of BDAT; without a reader, discards it. `end` is called after it; commands wait until `resume`. */
  startChunk(length: number, reader: DataReader | undefined, end: () => void): void {
    this.#mode = { name: 'chunk', reader, left: length, end }
  }

  /** Continues with the commands after a message or chunk. */
  resume(): void {
    this.#isPaused = false
    const resume = this.#resume
    this.#resume = undefined
    resume?.()
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#read(bytes, 0, done)
  }

  #read(bytes: Buffer, start: number, done: () => void): void {
    let position = start
    while (!this.isClosed) {
      if (this.#isPaused) {
        const from = position
        this.#resume = () => this.#read(bytes, from, done)
        return
      }
      if (this.#mode.name === 'chunk' && this.#mode.left === 0) {
        this.#endContent()
        continue
      }
      if (position >= bytes.length) break
      if (this.#mode !== COMMANDS) {
        position = this.#readContent(bytes, position)
        continue
      }
      const end = bytes.indexOf(LF, position)
      if (end < 0) {
        this.#keep(bytes.subarray(position))
        break
      }
      const line = this.#takeLine(bytes.subarray(position, end + 1))
      position = end + 1
      if (!this.#runsNow(line, () => this.#read(bytes, position, done))) return
    }
    done()
  }

  /** Runs a command. True if it has finished, so that the caller goes on; else `later` goes on when it has. */
  #runsNow(line: Buffer | undefined, later: () => void): boolean {
    let isSynchronous = true
    let hasFinished = false
    const next = () => {
      if (hasFinished) return
      hasFinished = true
      if (!isSynchronous) later()
    }
    if (line) this.#options.onCommand(line, next)
    else this.#options.onLineTooLong(next)
    isSynchronous = false
    if (!hasFinished) return false
    this.#runs += 1
    if (this.#runs % MAX_COMMANDS_PER_TICK !== 0) return true
    setImmediate(later)
    return false
  }

  #readContent(bytes: Buffer, position: number): number {
    const mode = this.#mode
    this.#options.onContent()
    if (mode.name === 'data') {
      const length = mode.reader.read(position === 0 ? bytes : bytes.subarray(position))
      if (length === undefined) return bytes.length
      this.#endContent()
      return position + length
    }
    if (mode.name === 'commands') return position
    const end = Math.min(bytes.length, position + mode.left)
    mode.reader?.read(bytes.subarray(position, end))
    mode.left -= end - position
    return end
  }

  #endContent(): void {
    const mode = this.#mode
    this.#mode = COMMANDS
    this.#isPaused = true
    if (mode.name !== 'commands') mode.end()
  }

  /** Keeps the beginning of a line, but no more of it than a line may have. */
  #keep(bytes: Buffer): void {
    if (this.#partialLength <= this.#options.maxLine) this.#partial.push(Buffer.from(bytes))
    this.#partialLength += bytes.length
  }

  /** Returns a line without its end; undefined if it is too long. Line ends are CRLF; LF alone is for people who type. */
  #takeLine(bytes: Buffer): Buffer | undefined {
    const length = this.#partialLength + bytes.length
    const line = this.#partial.length === 0 ? bytes : Buffer.concat([...this.#partial, bytes])
    this.#partial = []
    this.#partialLength = 0
    if (length > this.#options.maxLine) return undefined
    return line.subarray(0, line.length - (line.at(-2) === CR ? 2 : 1))
  }
}
