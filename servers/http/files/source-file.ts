/** One version of a file on disk. Pure. */

/** The fields of `fs.Stats` that together identify one version of a file. */
export interface FileVersion {
  readonly dev: number
  readonly ino: number
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
}

export interface SourceFile {
  /** The absolute path as the client named it. */
  readonly file: string
  /** The same with its links resolved. */
  readonly real: string
  readonly version: FileVersion
}

export function isSameVersion(a: FileVersion, b: FileVersion): boolean {
  return a.ino === b.ino && a.ctimeMs === b.ctimeMs && a.mtimeMs === b.mtimeMs && a.size === b.size && a.dev === b.dev
}
