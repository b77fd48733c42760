/** The failures of file operations that a client can cause, apart from those that the file system reports. Pure. */

/**
 * - `denied`: the account may not do that with the path.
 * - `not-a-file`: the path leads to something else.
 * - `is-a-folder`: a folder cannot be removed as a file.
 * - `is-root`: the root of the tree cannot be removed or renamed.
 * - `beyond-end`: an upload cannot continue where the file has no bytes.
 * - `changed`: an upload continues a file that was changed meanwhile.
 * - `over-quota`: an upload does not fit in the file quota of the account.
 */
export type FileErrorCode =
  | 'denied'
  | 'not-a-file'
  | 'is-a-folder'
  | 'is-root'
  | 'beyond-end'
  | 'changed'
  | 'over-quota'

export class FileError extends Error {
  override readonly name = 'FileError'
  readonly code: FileErrorCode

  constructor(code: FileErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** A path is outside the tree, or is not a valid path. */
export class OutsideTreeError extends Error {
  override readonly name = 'OutsideTreeError'
}
