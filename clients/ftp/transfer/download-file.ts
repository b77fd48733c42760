/** Downloads one file of many: to a partial file beside it, which gets its name when it is complete. */
import { utimes } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { findPartial, PartialFile } from '../../../shared/download/partial-file.ts'
import type { PartialRecord } from '../../../shared/download/partial-record.ts'
import { RefusedError } from '../../../shared/errors.ts'
import { formatAuthority } from '../../../shared/net/address.ts'
import { localError } from '../local/local-file.ts'
import { FAILED } from '../session/error.ts'
import type { FtpSession, TransferOptions } from '../session/session.ts'
import type { FtpPartial } from './partial.ts'
import type { TreeEntry } from './tree.ts'

export interface DownloadOptions extends TransferOptions {
  /** The file on the server, and its size and time. */
  readonly remote: string
  readonly entry: TreeEntry
  /** The file to write. */
  readonly local: string
  /** True continues an interrupted download of the same file. */
  readonly continues: boolean
  /** True sets the time of the file to that of the server. */
  readonly keepsTime: boolean
  /** Called with the bytes that are there already, before the rest is downloaded. */
  readonly onContinue?: ((size: number) => void) | undefined
  /** Called if the download is interrupted and can be continued. */
  readonly onPartial?: ((partial: FtpPartial) => void) | undefined
}

/**
 * Downloads a file, and returns the number of bytes of this download.
 *
 * @throws RefusedError for a negative reply, or if the server sends less than the file has
 * @throws UsageError if the file cannot be written
 */
export async function downloadFile(session: FtpSession, options: DownloadOptions): Promise<number> {
  const record = recordOf(session, options)
  const partial = options.continues && record ? await findPartial(options.local) : undefined
  if (partial && isSame(partial.record, record) && partial.size <= options.entry.size) {
    const size = await continueDownload(session, options)
    if (size !== undefined) return size
  }
  const file = await PartialFile.create(options.local, record).catch(throwLocalError(options.local))
  return receive(session, file, options, 0)
}

/** A download can be continued if the size and the time on the server are the same as before, or the size if it sends no time. */
function recordOf({ server }: FtpSession, { remote, entry }: DownloadOptions): PartialRecord {
  const requested = `ftp://${formatAuthority(server.host, server.port)}/${remote}`
  return { requested, url: requested, validator: String(entry.modified ?? 'unknown'), total: entry.size }
}

function isSame(a: PartialRecord, b: PartialRecord): boolean {
  return a.requested === b.requested && a.validator === b.validator && a.total === b.total
}

/** Repeats the last byte to compare it. Returns undefined if it differs: the download has to start again. */
async function continueDownload(session: FtpSession, options: DownloadOptions): Promise<number | undefined> {
  const file = await PartialFile.reopen(options.local).catch(throwLocalError(options.local))
  const offset = file.size - 1
  options.onContinue?.(offset)
  try {
    return await receive(session, file, options, offset)
  } catch (error) {
    if (error instanceof ChangedFileError) return undefined
    throw error
  }
}

class ChangedFileError extends Error {}

/** Downloads from `offset`. If that fails, the partial file stays if it has any bytes. */
async function receive(
  session: FtpSession,
  file: PartialFile,
  options: DownloadOptions,
  offset: number,
): Promise<number> {
  const { remote, local, entry, onBytes, signal } = options
  try {
    const to = new FileStream(file, local, offset > 0 ? await file.lastByte() : undefined)
    const size = await session.download(remote, to, { offset, onBytes, signal }).catch((error: unknown) => {
      throw to.failure ?? error
    })
    if (file.size < entry.size) {
      throw new RefusedError(FAILED, `the server sent ${file.size} of the ${entry.size} bytes of ${remote}`)
    }
    if (options.keepsTime && entry.modified !== undefined) await utimes(file.path, entry.modified, entry.modified)
    await file.commit().catch(throwLocalError(local))
    return size
  } catch (error) {
    await file.close()
    if (file.size === 0) await file.remove()
    else options.onPartial?.({ file: file.path, size: file.size })
    throw error
  }
}

function throwLocalError(file: string): (cause: unknown) => never {
  return cause => {
    throw localError('write', file, cause)
  }
}

/** Appends what it gets to a partial file. */
class FileStream extends Writable {
  /** The error that broke the download, if it is not of the server. */
  failure: Error | undefined
  readonly #file: PartialFile
  readonly #name: string
  #expected: number | undefined

  /** @param expected the byte that the first one must be equal to; it is not written again */
  constructor(file: PartialFile, name: string, expected: number | undefined) {
    super({ highWaterMark: 1024 * 1024 })
    this.#file = file
    this.#name = name
    this.#expected = expected
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    this.#append(bytes, done)
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error) => void): void {
    this.#append(Buffer.concat(chunks.map(({ chunk }) => chunk)), done)
  }

  #append(bytes: Buffer, done: (error?: Error) => void): void {
    const isContinued = this.#expected !== undefined && bytes.length > 0
    if (isContinued && bytes[0] !== this.#expected) this.failure = new ChangedFileError('the file has changed')
    if (this.failure) {
      done(this.failure)
      return
    }
    if (isContinued) this.#expected = undefined
    this.#file.append(isContinued ? bytes.subarray(1) : bytes).then(
      () => done(),
      (cause: unknown) => {
        this.failure = localError('write', this.#name, cause)
        done(this.failure)
      },
    )
  }
}
