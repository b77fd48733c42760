/** An upload: writes to a hidden temporary file in the target directory, and renames it when it is complete. */
import type { Stats } from 'node:fs'
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises'
import { posix } from 'node:path'
import { Writable } from 'node:stream'
import { errorCode } from '../../errors.ts'
import { FileError } from '../file-error.ts'
import type { FileTree } from '../file-tree.ts'
import type { OpenEntry } from '../open/open-entry.ts'
import { beyondEnd, copyStart } from './copy-start.ts'
import { DurableWriter } from './durable-writer.ts'
import { temporaryFileName } from './temporary-file.ts'
import type { UploadQuota } from './upload-quota.ts'

/** The offset at which the upload starts: 0 for a new file, `end` to append (APPE of FTP), a number of bytes to continue (REST). */
export type UploadOffset = number | 'end'

/**
 * Throws if the file must not be changed in its current version, for example because another client has changed it meanwhile.
 *
 * @param current undefined if there is no file
 */
export type VersionCheck = (current: Stats | undefined) => void

/** Where an upload goes. */
export interface UploadPlace {
  /** The folder of the file. The upload closes it. */
  readonly folder: OpenEntry
  /** The name of the file. */
  readonly name: string
  /** The file that the upload continues; undefined if there is none. */
  readonly existing: OpenEntry | undefined
  /** The file that the upload replaces; undefined if there is none. It keeps its permission bits. */
  readonly replaced: Stats | undefined
}

export interface UploadStart {
  readonly offset: UploadOffset
  /** Ends the measurement of the quota, and the copy of a file that the upload continues. */
  readonly signal?: AbortSignal | undefined
}

export interface CommittedFile {
  /** The stored file. */
  readonly stats: Stats
  /** True if there was no file of this name. */
  readonly isNew: boolean
}

/** Bytes of the content that a stream collects while it writes, so that it writes many chunks at once. */
const STREAM_BYTES = 256 * 1024

export class Upload {
  readonly #tree: FileTree
  readonly #writer: DurableWriter
  readonly #folder: OpenEntry
  /** The names of the temporary file and of the file that it replaces. */
  readonly #temporary: string
  readonly #name: string
  readonly #quota: UploadQuota | undefined
  /** What the upload continues: another upload of that file must not be lost. Undefined if it starts at 0. */
  readonly #continued: { readonly file: Stats | undefined } | undefined
  /** True if the upload has added something to the file that it continues. */
  #hasContent = false
  #isCommitting = false

  private constructor(
    tree: FileTree,
    writer: DurableWriter,
    place: Pick<UploadPlace, 'folder' | 'name'> & {
      temporary: string
      quota: UploadQuota | undefined
      continued: { readonly file: Stats | undefined } | undefined
    },
  ) {
    this.#tree = tree
    this.#writer = writer
    this.#folder = place.folder
    this.#temporary = place.temporary
    this.#name = place.name
    this.#quota = place.quota
    this.#continued = place.continued
  }

  /**
   * Starts an upload. If it continues an existing file, copies that file first, so that readers see the old file until the
   * upload is complete.
   *
   * @throws FileError with code `beyond-end` if the offset is beyond the end of the file, `over-quota` if there is no room
   */
  static async start(
    tree: FileTree,
    { folder, name, existing, replaced }: UploadPlace,
    { offset, signal }: UploadStart,
    quota?: UploadQuota,
  ): Promise<Upload> {
    const temporary = temporaryFileName()
    const file = folder.entry(temporary)
    let handle: FileHandle | undefined
    try {
      await quota?.measure(temporary, signal)
      const size = existing?.stats.size ?? 0
      const length = offset === 'end' ? size : offset
      if (length > size) throw beyondEnd(size, length)
      quota?.add(length)
      handle = existing ? await copyStart(existing, file, length, signal) : await open(file, 'wx')
      if (replaced) await handle.chmod(replaced.mode & 0o777)
      const continued = offset === 0 ? undefined : { file: existing?.stats }
      const writer = new DurableWriter(handle, length, tree.alignedParts)
      return new Upload(tree, writer, { folder, temporary, name, quota, continued })
    } catch (error) {
      await handle?.close()
      await rm(file, { force: true })
      throw error
    }
  }

  /**
   * Appends to the content.
   *
   * @throws FileError with code `over-quota` as soon as the content does not fit
   */
  async write(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) this.#quota?.add(chunk.length)
    await this.#writer.write(chunks)
    this.#hasContent ||= chunks.some(({ length }) => length > 0)
  }

  /** Returns a stream that writes the content. It fails with the errors of `write`. */
  createStream(): Writable {
    return new Writable({
      highWaterMark: STREAM_BYTES,
      write: (chunk: Uint8Array, _encoding, callback) => void this.write([chunk]).then(() => callback(), callback),
      writev: (parts, callback) => void this.write(parts.map(({ chunk }) => chunk)).then(() => callback(), callback),
    })
  }

  /**
   * Renames the temporary file to the target. When it resolves, content and name survive a crash of the machine.
   *
   * @param check is called directly before the rename: this process does not change the file in between
   * @param signal ends the measurement of the quota; once the file is renamed, it has no effect
   * @throws FileError with code `changed` if the upload continues a file that was changed meanwhile, or the reason of the signal
   */
  async commit(check?: VersionCheck, signal?: AbortSignal): Promise<CommittedFile> {
    this.#isCommitting = true
    await this.#writer.sync()
    await this.#writer.close()
    await this.#quota?.measure(this.#temporary, signal)
    const target = this.#folder.entry(this.#name)
    const committed = await this.#tree.change(async () => {
      const existing = await statIfExists(this.#tree, posix.join(this.#folder.target, this.#name))
      check?.(existing)
      if (this.#continued && !isSameVersion(existing, this.#continued.file)) throw changed()
      await rename(this.#folder.entry(this.#temporary), target)
      return { stats: await lstat(target), isNew: existing === undefined }
    })
    await syncFolder(this.#folder)
    this.#folder.close()
    return committed
  }

  /**
   * Stores the part that has arrived of an upload that continues a file, so that the client can continue it later. If nothing has
   * arrived, or the upload was complete but could not be stored, the old file stays as it is.
   */
  async keepPart(): Promise<void> {
    try {
      if (this.#hasContent && !this.#isCommitting) await this.commit()
    } finally {
      await this.discard()
    }
  }

  /** Removes the temporary file. */
  async discard(): Promise<void> {
    await this.#writer.close()
    if (!this.#folder.isClosed) await rm(this.#folder.entry(this.#temporary), { force: true })
    this.#folder.close()
  }
}

function isSameVersion(a: Stats | undefined, b: Stats | undefined): boolean {
  return a?.ino === b?.ino && a?.size === b?.size && a?.mtimeMs === b?.mtimeMs
}

function changed(): FileError {
  return new FileError('changed', 'The file was changed while this upload continued it. Start the upload again')
}

/** Writes the entries of a folder to the disk: a new name is lost in a crash without it. */
async function syncFolder(folder: OpenEntry): Promise<void> {
  // Windows does not open folders.
  if (process.platform === 'win32') return
  const handle = await folder.openForReading()
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Returns undefined for a file that does not exist. */
async function statIfExists(tree: FileTree, path: string): Promise<Stats | undefined> {
  try {
    const opened = await tree.openPath(path)
    opened.close()
    return opened.stats
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    return undefined
  }
}
