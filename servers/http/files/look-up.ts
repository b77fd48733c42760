/** Looks up what a request path names in the tree: a file, a folder or nothing. */
import { errorCode } from '../../../shared/errors.ts'
import { OutsideTreeError } from '../../../shared/files/file-error.ts'
import type { FileTree } from '../../../shared/files/file-tree.ts'
import { isHiddenPath } from './hidden-path.ts'
import type { SourceFile } from './source-file.ts'

export type LookupResult = FoundFile | FoundFolder | LookupFailure

export interface FoundFile extends SourceFile {
  readonly kind: 'file'
  /** The path in the tree as the client named it; `/index.html` for `/`. */
  readonly path: string
}

export interface FoundFolder {
  readonly kind: 'folder'
}

export type LookupFailure =
  /** The path names a folder without the trailing slash: relative links in its listing would resolve wrongly. */
  { readonly kind: 'slash-missing' | 'not-found' | 'forbidden' | 'busy' }

/** System errors that become a response with status 403, 404 or 503. Any other is an internal error. */
const FAILURE_BY_ERROR_CODE: Readonly<Record<string, LookupFailure>> = {
  ENOENT: { kind: 'not-found' },
  ENOTDIR: { kind: 'not-found' },
  ENAMETOOLONG: { kind: 'not-found' },
  ELOOP: { kind: 'not-found' },
  EACCES: { kind: 'forbidden' },
  EPERM: { kind: 'forbidden' },
  EMFILE: { kind: 'busy' },
  ENFILE: { kind: 'busy' },
}

/**
 * The version is that of a file that was found inside the tree, wherever its path leads later: what is opened must have it.
 *
 * @throws the error of the file system; `failureFromError` converts it
 */
export async function lookUp(tree: FileTree, requestPath: string): Promise<LookupResult> {
  const entry = await tree.openPath(requestPath)
  entry.close()
  const { target, real, stats: version } = entry
  if (isHiddenPath(requestPath) || isHiddenPath(target)) return { kind: 'not-found' }
  if (version.isDirectory())
    return requestPath.endsWith('/') ? lookUpIndex(tree, requestPath) : { kind: 'slash-missing' }
  // The server never sends devices, FIFOs and sockets; `/file/` does not name `/file`.
  const isFile = version.isFile() && !requestPath.endsWith('/')
  if (!isFile) return { kind: 'not-found' }
  return { kind: 'file', path: requestPath, file: tree.fileOf(requestPath), real, version }
}

async function lookUpIndex(tree: FileTree, requestPath: string): Promise<LookupResult> {
  const index: LookupResult = await lookUp(tree, `${requestPath}index.html`).catch(failureFromError)
  return index.kind === 'file' ? index : { kind: 'folder' }
}

/** @throws the error if no client can cause it */
export function failureFromError(error: unknown): LookupFailure {
  const code = error instanceof OutsideTreeError ? 'ENOENT' : (errorCode(error) ?? '')
  const failure = FAILURE_BY_ERROR_CODE[code]
  if (failure) return failure
  throw error
}
