/** The paths that an account may read or write: folders of the file tree, as paths from its root. Pure. */
import { posix } from 'node:path'

/** Resolves empty, `.` and `..` segments: `/files/../x/` becomes `/x`. */
export function normalizePath(path: string): string {
  return posix.join('/', path).replace(/(?<=.)\/$/, '')
}

/** True if the path is one of the folders or below one of them. The folders are normalized. */
export function isBelow(path: string, folders: readonly string[]): boolean {
  // Listings check every entry, and most accounts have the whole tree.
  if (folders.includes('/')) return true
  const normal = normalizePath(path)
  return folders.some(folder => normal === folder || normal.startsWith(`${folder}/`))
}

/** True if one of the folders is below the path, and is not the path itself. */
export function leadsTo(path: string, folders: readonly string[]): boolean {
  const normal = normalizePath(path)
  return folders.some(folder => folder !== normal && isBelow(folder, [normal]))
}
