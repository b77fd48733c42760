/** Files and folders of one side, relative to a root. Pure. */

/** Bounds the entries of a tree, and so the memory for it. */
export const MAX_ENTRIES = 1_000_000

/** Bounds the depth of a tree: a server can show a directory in itself. */
export const MAX_DEPTH = 64

/** A file, folder or link. */
export interface TreeEntry {
  /** Relative to the root, with `/`; empty for the root itself. */
  readonly path: string
  readonly type: 'file' | 'directory' | 'link' | 'unknown'
  /** In bytes. */
  readonly size: number
  /** Seconds since 1970; undefined if the server does not send them. */
  readonly modified: number | undefined
}

/** Joins a path and a relative one; either may be empty. */
export function joinPath(root: string, relative: string): string {
  if (root === '' || relative === '') return root + relative
  return root.endsWith('/') ? root + relative : `${root}/${relative}`
}
