/**
 * A copy of a file tree in memory. Restoring it writes only changed files. Both are synchronous: no request of this
 * process sees a half-restored tree, and for the few files of a test that is faster than the thread pool.
 */
import {
  type BigIntStats,
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { UsageError } from '../errors.ts'
import { fileProblem } from './file-problem.ts'
import type { FileTree } from './file-tree.ts'
import { isTemporary, temporaryFileName } from './upload/temporary-file.ts'

/** The largest tree that a snapshot copies. */
export interface SnapshotBounds {
  readonly maxEntries: number
  readonly maxBytes: number
}

const DEFAULT_BOUNDS: SnapshotBounds = { maxEntries: 10_000, maxBytes: 64 * 1024 * 1024 }

/** The coarsest clock of a file system: two writes within it can leave the same times. */
const CLOCK_GRAIN_MS = 2000

/** A time in seconds is a floating point number, so a time that is set differs a little from the one that is read. */
const TIME_PRECISION_S = 0.001

type Kind = 'folder' | 'file' | 'link' | 'other'

interface Entry {
  readonly kind: Kind
  /** The content of a file. */
  readonly content?: Buffer
  /** The target of a symbolic link. */
  readonly target?: string
  readonly mode: number
  /** Seconds since 1970. */
  readonly modifiedAt: number
  /** The file's state when it last had this content; undefined if another write could leave the same state. */
  state?: string | undefined
}

/** Copies a tree. The returned function restores it and reports the change to the listeners of the tree. */
export function snapshotTree(tree: FileTree): () => void {
  const snapshot = new TreeSnapshot(tree.root)
  return () => {
    snapshot.restore()
    tree.changed()
  }
}

export class TreeSnapshot {
  readonly #root: string
  /** By path relative to the root; a folder precedes its content. */
  #entries = new Map<string, Entry>()
  #failure: Error | undefined

  /** Copies the tree. If it is too large or cannot be read, `restore` throws, not the constructor. */
  constructor(root: string, bounds: SnapshotBounds = DEFAULT_BOUNDS) {
    this.#root = root
    try {
      this.#entries = copyTree(root, bounds)
    } catch (cause) {
      this.#failure = new UsageError(`cannot reset ${root}: ${fileProblem(cause)}`, { cause })
    }
  }

  /**
   * Makes the tree equal to the copy, except files that are being uploaded.
   *
   * @throws UsageError if the tree was too large to be copied
   */
  restore(): void {
    if (this.#failure) throw this.#failure
    mkdirSync(this.#root, { recursive: true })
    const present = this.#removeAdded()
    for (const [name, entry] of this.#entries) restoreEntry(path.join(this.#root, name), entry, present.get(name))
  }

  /** Removes entries that the copy does not have, or has as another kind; returns the rest. */
  #removeAdded(): Map<string, BigIntStats> {
    const present = listTree(this.#root)
    for (const [name, stats] of present) {
      if (isTemporary(path.basename(name)) || this.#entries.get(name)?.kind === kindOf(stats)) continue
      rmSync(path.join(this.#root, name), { recursive: true, force: true })
      present.delete(name)
    }
    return present
  }
}

function copyTree(root: string, { maxEntries, maxBytes }: SnapshotBounds): Map<string, Entry> {
  const tree = listTree(root, maxEntries)
  const bytes = [...tree.values()].reduce((sum, stats) => sum + (stats.isFile() ? Number(stats.size) : 0), 0)
  if (bytes > maxBytes) throw new Error(`its files have more than ${maxBytes} bytes`)
  return new Map([...tree].map(([name, stats]) => [name, copyEntry(path.join(root, name), stats)]))
}

function copyEntry(file: string, stats: BigIntStats): Entry {
  const kind = kindOf(stats)
  return {
    kind,
    mode: Number(stats.mode),
    modifiedAt: secondsOf(stats),
    ...(kind === 'file' && { content: readFileSync(file), state: stateOf(stats) }),
    ...(kind === 'link' && { target: readlinkSync(file) }),
  }
}

/** Lists everything below a folder by relative path; a folder precedes its content. */
function listTree(root: string, maxEntries = Number.POSITIVE_INFINITY): Map<string, BigIntStats> {
  const found = new Map<string, BigIntStats>()
  const list = (folder: string) => {
    for (const entry of readdirSync(path.join(root, folder))) {
      const name = path.join(folder, entry)
      const stats = lstatSync(path.join(root, name), { bigint: true, throwIfNoEntry: false })
      if (!stats) continue
      found.set(name, stats)
      if (found.size > maxEntries) throw new Error(`it has more than ${maxEntries} files and folders`)
      if (stats.isDirectory()) list(name)
    }
  }
  list('')
  return found
}

function kindOf(stats: BigIntStats): Kind {
  if (stats.isDirectory()) return 'folder'
  if (stats.isFile()) return 'file'
  return stats.isSymbolicLink() ? 'link' : 'other'
}

function secondsOf({ mtimeNs }: BigIntStats): number {
  return Number(mtimeNs) / 1e9
}

/** Returns a text that differs after every change of the file; undefined if the last change is too recent for that. */
function stateOf({ dev, ino, size, mode, mtimeNs, ctimeNs, ctimeMs }: BigIntStats): string | undefined {
  if (Date.now() - Number(ctimeMs) <= CLOCK_GRAIN_MS) return undefined
  return [dev, ino, size, mode, mtimeNs, ctimeNs].join(' ')
}

function restoreEntry(file: string, entry: Entry, stats: BigIntStats | undefined): void {
  if (entry.kind === 'folder' && !stats) mkdirSync(file)
  if (entry.kind === 'link') restoreLink(file, entry, stats)
  if (entry.kind === 'file') restoreFile(file, entry, stats)
}

function restoreLink(file: string, { target = '' }: Entry, stats: BigIntStats | undefined): void {
  if (stats && readlinkSync(file) === target) return
  rmSync(file, { force: true })
  symlinkSync(target, file)
}

function restoreFile(file: string, entry: Entry, stats: BigIntStats | undefined): void {
  const { content = Buffer.alloc(0), mode, modifiedAt } = entry
  if (stats && entry.state !== undefined && entry.state === stateOf(stats)) return
  if (stats && Number(stats.mode) === mode && readFileSync(file).equals(content)) {
    if (Math.abs(secondsOf(stats) - modifiedAt) > TIME_PRECISION_S) utimesSync(file, modifiedAt, modifiedAt)
    else entry.state = stateOf(stats)
    return
  }
  // A client that is reading the old file keeps its content, because a new file replaces it.
  const temporary = path.join(path.dirname(file), temporaryFileName())
  writeFileSync(temporary, content)
  chmodSync(temporary, mode)
  utimesSync(temporary, modifiedAt, modifiedAt)
  renameSync(temporary, file)
  entry.state = undefined
}
