/** Uploads one file of many. */
import { type FileHandle, open } from 'node:fs/promises'
import { UsageError } from '../../../shared/errors.ts'
import { localError } from '../local/local-file.ts'
import type { FtpSession } from '../session/session.ts'
import { DownloadTarget, UploadSource } from '../session/streams.ts'
import type { TransferOptions } from '../session/transfers.ts'

/** Bounds a read: larger ones are not faster. */
const READ_BYTES = 1024 * 1024

export interface UploadOptions extends TransferOptions {
  readonly local: string
  readonly remote: string
  /** True continues an interrupted upload, and keeps the part on the server if this one is interrupted. */
  readonly continues: boolean
  /** Sets the time of the file on the server to this one (MFMT), in seconds since 1970. */
  readonly modified: number | undefined
  /** Called with the bytes that are there already, before the rest is uploaded. */
  readonly onContinue?: ((size: number) => void) | undefined
}

/**
 * Uploads a file, and returns the number of bytes of this upload.
 *
 * @throws RefusedError for a negative reply
 * @throws UsageError if the file cannot be read, or changes during the upload
 */
export async function uploadFile(session: FtpSession, options: UploadOptions): Promise<number> {
  const { local, remote, modified } = options
  const handle = await open(local, 'r').catch((cause: unknown) => {
    throw localError('read', local, cause)
  })
  try {
    const { size } = await handle.stat()
    const found = options.continues ? await findOffset(session, handle, size, remote) : undefined
    const offset = found ?? 0
    if (offset > 0) options.onContinue?.(offset)
    const sent = await send(session, handle, offset, found !== undefined, options)
    if (offset + sent !== size) {
      throw new UsageError(`${local} changed during the upload: it had ${size} bytes, and ${offset + sent} were sent`)
    }
    if (modified !== undefined) await setTime(session, remote, modified)
    return sent
  } finally {
    await handle.close()
  }
}

/** A server keeps the part that it got of an interrupted APPE, but need not keep that of a STOR. */
async function send(
  session: FtpSession,
  handle: FileHandle,
  offset: number,
  append: boolean,
  { local, remote, onBytes }: UploadOptions,
): Promise<number> {
  let position = offset
  const from = new UploadSource(async () => {
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, position)
      position += bytesRead
      return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead)
    } catch (cause) {
      throw localError('read', local, cause)
    }
  })
  return session.upload(remote, from, { append, onBytes })
}

/**
 * Returns where to append. The part that is there must be shorter than the file, and its last byte the same. Undefined if the file there has to be replaced.
 */
async function findOffset(
  session: FtpSession,
  handle: FileHandle,
  size: number,
  remote: string,
): Promise<number | undefined> {
  const there = (await session.size(remote)) ?? 0
  if (there === 0) return 0
  if (there >= size) return undefined
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, there - 1)
  const last = await readFrom(session, remote, there - 1)
  return last.equals(buffer) ? there : undefined
}

/** Bounds what is kept of a download of one byte. */
const MAX_LAST_BYTES = 16

async function readFrom(session: FtpSession, remote: string, offset: number): Promise<Buffer> {
  const parts: Buffer[] = []
  const to = new DownloadTarget(bytes => {
    parts.push(bytes.subarray(0, MAX_LAST_BYTES))
  })
  await session.download(remote, to, { offset })
  return Buffer.concat(parts)
}

/** Sets a time with MFMT. A server can refuse it for one file: its content has arrived nevertheless. */
async function setTime(session: FtpSession, remote: string, modified: number): Promise<void> {
  const time = new Date(modified * 1000).toISOString().slice(0, 19).replace(/[-T:]/g, '')
  await session.request(`MFMT ${time} ${remote}`)
}
