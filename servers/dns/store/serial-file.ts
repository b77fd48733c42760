/**
 * A file that stores the serials of zones served with another serial than their file has. After a restart they continue from
 * there, since a secondary rejects a version older than its own (RFC 1982; RFC 5936, section 6).
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { errorCode, errorText } from '../../../shared/errors.ts'
import type { Log } from '../../../shared/log.ts'
import type { Serials } from './zone-store.ts'

/** Changes within this time are written together. */
const WRITE_DELAY_MS = 500

const serialsSchema = z.record(z.string(), z.number().int().min(0).max(0xffff_ffff))

export class SerialFile {
  readonly #file: string
  readonly #log: Log
  readonly #serials: Map<string, number>
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  private constructor(file: string, log: Log, serials: Serials) {
    this.#file = file
    this.#log = log
    this.#serials = new Map(serials)
  }

  /** Reads the file. If it is missing or invalid, starts with no serials; logs a warning if it is invalid. */
  static async open(file: string, log: Log): Promise<SerialFile> {
    return new SerialFile(file, log, await readSerials(file, log))
  }

  /** The last serial of each zone, by its folded name. */
  get serials(): Serials {
    return this.#serials
  }

  /** Sets the serial of a zone. Does nothing if it is undefined: the zone is served with its file's serial. */
  set(origin: string, serial: number | undefined): void {
    if (serial === undefined || this.#serials.get(origin) === serial) return
    this.#serials.set(origin, serial)
    this.#timer ??= setTimeout(() => this.#write(), WRITE_DELAY_MS)
  }

  /** Writes pending changes. */
  async close(): Promise<void> {
    if (this.#timer) this.#write()
    await this.#writing
  }

  #write(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const text = `${JSON.stringify(Object.fromEntries(this.#serials), undefined, 2)}\n`
    this.#writing = this.#writing.then(() => this.#replace(text))
  }

  async #replace(text: string): Promise<void> {
    try {
      await mkdir(path.dirname(this.#file), { recursive: true })
      await writeFile(`${this.#file}.new`, text)
      await rename(`${this.#file}.new`, this.#file)
    } catch (error) {
      this.#log.warn({ file: this.#file, error: errorText(error) }, 'dns: cannot write the zone serials')
    }
  }
}

async function readSerials(file: string, log: Log): Promise<Serials> {
  try {
    return new Map(Object.entries(serialsSchema.parse(JSON.parse(await readFile(file, 'utf8')))))
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') {
      log.warn(
        { file, error: errorText(error) },
        'dns: cannot read the zone serials; zones start with those of their files',
      )
    }
    return new Map()
  }
}
