/**
 * Opens files and folders so that what is checked is what is used. A path can lead elsewhere a moment after it was checked, because
 * others write to the same tree; an open descriptor cannot. So a path is opened first, then the system returns where the descriptor
 * is, and everything after that goes through the descriptor.
 */
import { closeSync, constants, fstatSync, readlinkSync, type Stats, open as startToOpen } from 'node:fs'
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { OutsideTreeError } from '../file-error.ts'

/** A file or folder that is open, but not for reading. */
export interface OpenPath {
  readonly descriptor: number
  /** Where it is: an absolute path without links. */
  readonly real: string
  readonly stats: Stats
}

export interface PathOpener {
  /**
   * Opens what a path leads to, links followed. The caller closes the descriptor.
   *
   * @param kind `folder` to fail with ENOTDIR for anything else
   */
  open(file: string, kind: 'any' | 'folder'): Promise<OpenPath>
  /**
   * Opens a folder in an open folder. Does not follow a link. The caller closes the descriptor.
   *
   * @param name one name, or `..` for the folder around it
   */
  openIn(folder: OpenPath, name: string): Promise<Omit<OpenPath, 'real'>>
  /** Opens for reading what is open. */
  openForReading(opened: OpenPath): Promise<FileHandle>
  /** Returns a path that leads to what is open. */
  pathOf(opened: OpenPath): string
}

const openDescriptor = promisify(startToOpen)

/** `O_PATH` of Linux, which Node does not export: opening has no effect, not even on a FIFO or a device. */
const O_PATH = 0o10000000
/** Opening a FIFO without it would block until something writes to it. Windows has neither this nor `O_DIRECTORY`. */
const O_NONBLOCK = constants.O_NONBLOCK ?? 0
const O_DIRECTORY = constants.O_DIRECTORY ?? 0
const O_NOFOLLOW = constants.O_NOFOLLOW ?? 0
const DELETED = ' (deleted)'

/**
 * For Linux, where `/proc/self/fd/N` leads to what the descriptor N has open, wherever that is now. `/proc/self/fd/N/name` is what
 * `openat(N, "name")` would open; Node has no `openat`.
 */
export const procOpener: PathOpener = {
  async open(file, kind) {
    const descriptor = await openDescriptor(file, O_PATH | (kind === 'folder' ? O_DIRECTORY : 0))
    return closeOnError(descriptor, () => {
      // These calls read memory of the kernel: on the thread pool they would take ten times as long.
      const stats = fstatSync(descriptor)
      const link = readlinkSync(procPath(descriptor))
      // The links were counted first, so a file without any was deleted by now, and the system has marked its path.
      const real = stats.nlink === 0 && link.endsWith(DELETED) ? link.slice(0, -DELETED.length) : link
      return { descriptor, real, stats }
    })
  },
  openIn: ({ descriptor }, name) => openUnlinkedFolder(`${procPath(descriptor)}/${name}`, O_PATH),
  openForReading: ({ descriptor }) => open(procPath(descriptor), constants.O_RDONLY | O_NONBLOCK),
  pathOf: ({ descriptor }) => procPath(descriptor),
}

function procPath(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`
}

/**
 * For systems without `/proc`. Finds out where an open file is by its number: the path is resolved after opening, and must lead to
 * the file that is open. So a file outside the tree is never read. Entries of a folder are named by its path: a folder that is
 * replaced by a link between the check and a write is not noticed.
 */
export const portableOpener: PathOpener = {
  async open(file, kind) {
    const flags = constants.O_RDONLY | O_NONBLOCK | (kind === 'folder' ? O_DIRECTORY : 0)
    const descriptor = await openDescriptor(file, flags)
    return closeOnError(descriptor, async () => {
      const stats = fstatSync(descriptor)
      const real = await realpath(file)
      if (!isSameFile(await lstat(real), stats)) throw changed(file)
      return { descriptor, real, stats }
    })
  },
  openIn: ({ real }, name) => openUnlinkedFolder(path.join(real, name), constants.O_RDONLY | O_NONBLOCK),
  async openForReading({ real, stats }) {
    const handle = await open(real, constants.O_RDONLY | O_NONBLOCK)
    try {
      if (!isSameFile(await handle.stat(), stats)) throw changed(real)
      return handle
    } catch (error) {
      await handle.close()
      throw error
    }
  },
  pathOf: ({ real }) => real,
}

async function openUnlinkedFolder(file: string, flags: number): Promise<Omit<OpenPath, 'real'>> {
  const descriptor = await openDescriptor(file, flags | O_DIRECTORY | O_NOFOLLOW)
  return closeOnError(descriptor, () => ({ descriptor, stats: fstatSync(descriptor) }))
}

function changed(file: string): OutsideTreeError {
  return new OutsideTreeError(`${JSON.stringify(path.basename(file))} has changed while it was opened; try again`)
}

export function isSameFile(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev
}

async function closeOnError<Result>(descriptor: number, task: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await task()
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

/** Returns the opener that works for a folder: `procOpener` only if `/proc` names the folder by its path. */
export async function chooseOpener(folder: string): Promise<PathOpener> {
  try {
    const { descriptor, real } = await procOpener.open(folder, 'folder')
    closeSync(descriptor)
    return real === folder ? procOpener : portableOpener
  } catch {
    return portableOpener
  }
}
