/** The file of `--http-stubs`: loaded at the start, and again when it has changed. */
import { readFile, stat } from 'node:fs/promises'
import { errorText, UsageError } from '../../../shared/errors.ts'
import { fileProblem } from '../../../shared/files/file-problem.ts'
import { lineOf } from '../../../shared/json-positions.ts'
import type { Log } from '../../../shared/log.ts'
import { parseJson } from '../../../shared/parse-json.ts'
import { FILE_CHECK_MS, MAX_DEFINITION_BYTES } from './limits.ts'
import { parseDefinitions, StubError } from './parse-stubs.ts'
import type { Stubs } from './stubs.ts'

export class StubFile {
  readonly #file: string
  readonly #stubs: Stubs
  readonly #log: Log
  /** The state of the file when it was last read. */
  #version: string | undefined
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(file: string, stubs: Stubs, log: Log) {
    this.#file = file
    this.#stubs = stubs
    this.#log = log
  }

  /**
   * Loads the stubs.
   *
   * @throws UsageError naming the file and what is wrong in it; the stubs are then unchanged
   */
  async load(): Promise<void> {
    const text = await this.#read()
    try {
      this.#stubs.replaceFile(parseDefinitions(parseJson(text)))
    } catch (cause) {
      const place = cause instanceof StubError ? `line ${lineOf(text, cause.path)}: ` : ''
      throw new UsageError(`${this.#file}: ${place}${errorText(cause)}`, { cause })
    }
  }

  /**
   * Loads the file again after each change. If it is invalid, the stubs stay. The file is checked in intervals: that works on
   * every file system, and if an editor replaces the file.
   */
  watch(): void {
    const next = () => {
      if (this.#isClosed) return
      this.#timer = setTimeout(() => void this.#check().finally(next), FILE_CHECK_MS).unref()
    }
    next()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  async #check(): Promise<void> {
    if ((await this.#currentVersion()) === this.#version) return
    try {
      await this.load()
      this.#log.info({ file: this.#file, stubs: this.#stubs.all.length }, 'http: stubs loaded')
    } catch (error) {
      this.#log.error({ error: errorText(error) }, 'http: invalid stubs; the previous ones stay')
    }
  }

  async #read(): Promise<string> {
    this.#version = await this.#currentVersion()
    try {
      const { size } = await stat(this.#file)
      if (size > MAX_DEFINITION_BYTES) throw new UsageError(`it is longer than ${MAX_DEFINITION_BYTES} bytes`)
      return await readFile(this.#file, 'utf8')
    } catch (cause) {
      throw new UsageError(`cannot read the stubs ${this.#file}: ${fileProblem(cause)}`, { cause })
    }
  }

  /** Undefined if the file does not exist. */
  async #currentVersion(): Promise<string | undefined> {
    const found = await stat(this.#file).catch(() => undefined)
    return found && `${found.mtimeMs} ${found.size} ${found.ino}`
  }
}
