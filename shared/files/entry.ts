/** An entry of a folder, as listings show it. Pure. */
import type { Stats } from 'node:fs'

export interface Entry {
  readonly name: string
  readonly kind: 'file' | 'directory'
  readonly size: number
  readonly modified: Date
  /** The permission bits of the file system. */
  readonly mode: number
  /** The same for two entries if they are the same file or directory. */
  readonly unique: string
}

/** Returns undefined for pipes and devices, because reading them might not end. */
export function createEntry(name: string, stats: Stats): Entry | undefined {
  if (!stats.isFile() && !stats.isDirectory()) return undefined
  return {
    name,
    kind: stats.isFile() ? 'file' : 'directory',
    size: stats.size,
    modified: stats.mtime,
    mode: stats.mode,
    unique: `${stats.dev.toString(36)}g${stats.ino.toString(36)}`,
  }
}
