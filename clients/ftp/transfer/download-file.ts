/** Downloads one file of many: to a partial file beside it, which gets its name when it is complete. */
import { utimes } from 'node:fs/promises'
import { findPartial, PartialFile } from '../../../shared/download/partial-file.ts'
import type { PartialRecord } from '../../../shared/download/partial-record.ts'
import { RefusedError } from '../../../shared/errors.ts'
import { formatAuthority } from '../../../shared/net/address.ts'
import { localError } from '../local/local-file.ts'
import { FAILED } from '../session/error.ts'
import type { FtpSession } from '../session/session.ts'
import { DownloadTarget } from '../session/streams.ts'
import type { TransferOptions } from '../session/transfers.ts'
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

/** The last byte of an interrupted download differs: the download has to start again. */
export class ChangedFileError extends Error {
  override readonly name = 'ChangedFileError'
}

/**
 * Downloads a file, and returns the number of bytes of this download.
 *
 * @throws RefusedError for a negative reply, or if the server sends less than the file has
 * @throws UsageError if the file cannot be written
 * @throws ChangedFileError if the file on the server has changed; the session is closed then
 */
export async function downloadFile(session: FtpSession, options: DownloadOptions): Promise<number> {
  const { local, entry } = options
  const record = recordOf(session, options)
  const partial = options.continues ? await findPartial(local) : undefined
  if (partial && isSame(partial.record, record) && partial.size <= entry.size) {
    const file = await PartialFile.reopen(local).catch(throwLocalError(local))
    options.onContinue?.(file.size - 1)
    return receive(session, file, options, file.size - 1)
  }
  const file = await PartialFile.create(local, record).catch(throwLocalError(local))
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

/** Downloads from `offset`, the last byte that is there. If that fails, the partial file stays if it has any bytes. */
async function receive(
  session: FtpSession,
  file: PartialFile,
  options: DownloadOptions,
  offset: number,
): Promise<number> {
  const { remote, local, entry, onBytes } = options
  try {
    const to = new DownloadTarget(await createAppender(file, local, offset))
    const size = await session.download(remote, to, { offset, onBytes })
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

/** Returns a function that appends to the file; of a download that is continued, it compares the first byte, and skips it. */
async function createAppender(
  file: PartialFile,
  local: string,
  offset: number,
): Promise<(bytes: Buffer) => Promise<void>> {
  let expected = file.size > 0 && file.size === offset + 1 ? await file.lastByte() : undefined
  return async bytes => {
    const isRepeated = expected !== undefined
    if (isRepeated && bytes[0] !== expected) throw new ChangedFileError(`${local} has changed on the server`)
    expected = undefined
    await file.append(isRepeated ? bytes.subarray(1) : bytes).catch(throwLocalError(local))
  }
}

function throwLocalError(file: string): (cause: unknown) => never {
  return cause => {
    throw localError('write', file, cause)
  }
}
