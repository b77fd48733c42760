/**
 * The file of a download that is not complete: `NAME.fourwire-part`, beside the file that it becomes, and its record
 * `NAME.fourwire-part.json`. Bytes are written at their offset, and the file is renamed only when all have arrived.
 */
import { type FileHandle, open, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { errorCode, UsageError } from '../errors.ts'
import type { PartialRecord } from './partial-record.ts'

/** Bounds the record. */
const MAX_RECORD_BYTES = 64 * 1024

const DEFAULT_MODE = 0o666

export class PartialFile {
  /** The file in which the bytes are now. */
  readonly path: string
  readonly #target: string
  readonly #handle: FileHandle
  #size: number
  /** The record to write when a part of the content has arrived: most small files arrive whole. */
  #pendingRecord: PartialRecord | undefined
  #hasRecordFile: boolean

  /** Creates an empty file, and removes the one of an earlier download. */
  static async create(target: string, record: PartialRecord | undefined, mode = DEFAULT_MODE): Promise<PartialFile> {
    const path = pathOf(target)
    await removeIfPresent(`${path}.json`)
    const handle = await open(path, 'wx', mode).catch(async (error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error
      await removeIfPresent(path)
      return open(path, 'wx', mode)
    })
    return new PartialFile(target, handle, 0, record)
  }

  /** Opens the file of an interrupted download to write more. */
  static async reopen(target: string): Promise<PartialFile> {
    const handle = await open(pathOf(target), 'r+')
    return new PartialFile(target, handle, (await handle.stat()).size, undefined)
  }

  private constructor(target: string, handle: FileHandle, size: number, record: PartialRecord | undefined) {
    this.path = pathOf(target)
    this.#target = target
    this.#handle = handle
    this.#size = size
    this.#pendingRecord = record
    this.#hasRecordFile = size > 0
  }

  get size(): number {
    return this.#size
  }

  /** Returns the byte at the end. */
  async lastByte(): Promise<number | undefined> {
    const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(1), 0, 1, this.#size - 1)
    return bytesRead === 1 ? buffer[0] : undefined
  }

  async append(chunk: Uint8Array): Promise<void> {
    let written = 0
    while (written < chunk.length) {
      const { bytesWritten } = await this.#handle.write(chunk, written, chunk.length - written, this.#size)
      written += bytesWritten
      this.#size += bytesWritten
    }
    if (this.#pendingRecord && this.#size !== this.#pendingRecord.total) await this.#writeRecord(this.#pendingRecord)
  }

  async #writeRecord(record: PartialRecord): Promise<void> {
    this.#pendingRecord = undefined
    this.#hasRecordFile = true
    await writeFile(`${this.path}.json`, JSON.stringify(record))
  }

  /**
   * Gives the file its final name.
   *
   * @throws UsageError if another download has replaced the file meanwhile
   */
  async commit(): Promise<void> {
    const [own, current] = await Promise.all([this.#handle.stat(), stat(this.path)])
    await this.close()
    if (own.ino !== current.ino || own.size !== this.#size) {
      throw new UsageError('another download to the same file has started. Run one at a time')
    }
    await rename(this.path, this.#target)
    if (this.#hasRecordFile) await removeIfPresent(`${this.path}.json`)
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  remove(): Promise<void> {
    return removePartial(this.#target)
  }
}

function pathOf(target: string): string {
  return `${target}.fourwire-part`
}

/** Removes the file of an interrupted download and its record: the record first, because it vouches for the file. */
async function removePartial(target: string): Promise<void> {
  await removeIfPresent(`${pathOf(target)}.json`)
  await removeIfPresent(pathOf(target))
}

/** Takes one system call, of which `rm` takes two. */
async function removeIfPresent(file: string): Promise<void> {
  try {
    await unlink(file)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

/** Returns the record and the size of an interrupted download; undefined if there is none that can be continued. */
export async function findPartial(target: string): Promise<{ record: PartialRecord; size: number } | undefined> {
  try {
    const { size } = await stat(pathOf(target))
    const recordFile = `${pathOf(target)}.json`
    if (size === 0 || (await stat(recordFile)).size > MAX_RECORD_BYTES) return undefined
    const record = parseRecord(await readFile(recordFile, 'utf8'))
    return record && { record, size }
  } catch {
    // What cannot be read is not continued; what cannot be written fails when the download starts again.
    return undefined
  }
}

/** A truncated record is not valid JSON. */
function parseRecord(text: string): PartialRecord | undefined {
  const { requested, url, validator, total } = Object(JSON.parse(text)) as Readonly<Record<string, unknown>>
  if (typeof requested !== 'string' || typeof url !== 'string' || typeof validator !== 'string') return undefined
  if (/[\r\n\0]/.test(validator)) return undefined
  return { requested, url, validator, total: typeof total === 'number' ? total : undefined }
}
