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
  /** Its path in the tree. For a link, the path of the link, and the path to which it leads: an account needs permission for both. */
  readonly paths: readonly string[]
}

/** What an account may do with an entry. */
export interface EntryRights {
  /** To read its content, if it is a file. */
  readonly read: boolean
  /** To list it, if it is a folder. */
  readonly list: boolean
  /** To change or replace it, or what is in it. */
  readonly write: boolean
  /** To remove or rename it, or what is in it. */
  readonly delete: boolean
}

/** Returns undefined for pipes and devices, because reading them might not end. */
export function createEntry(name: string, stats: Stats, paths: readonly string[]): Entry | undefined {
  if (!stats.isFile() && !stats.isDirectory()) return undefined
  return {
    name,
    kind: stats.isFile() ? 'file' : 'directory',
    size: stats.size,
    modified: listableTime(stats.mtimeMs),
    mode: stats.mode,
    paths,
    unique: `${stats.dev.toString(36)}g${stats.ino.toString(36)}`,
  }
}

/** Listings show years of four digits; some file systems store others, beyond what a `Date` can hold. */
const FIRST_TIME_MS = Date.parse('0000-01-01T00:00:00Z')
const LAST_TIME_MS = Date.parse('9999-12-31T23:59:59Z')

function listableTime(milliseconds: number): Date {
  return new Date(Math.min(Math.max(milliseconds, FIRST_TIME_MS), LAST_TIME_MS))
}
