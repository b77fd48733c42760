/** Compressed files beside a file, which a build tool has made: `app.js.br` beside `app.js`. */
import { constants, realpathSync, statSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { errorCode } from '../../../shared/errors.ts'
import { OutsideTreeError } from '../../../shared/files/file-error.ts'
import type { FileTree } from '../../../shared/files/file-tree.ts'
import { CODINGS, type Coding, EXTENSIONS } from './content-coding.ts'
import { type FileVersion, isSameVersion, type SourceFile } from './source-file.ts'

/** A compressed file that exists or not. */
export interface Neighbour {
  readonly coding: Coding
  readonly file: string
  readonly version: FileVersion | undefined
  /** Undefined if there is none, it leads out of the tree, cannot be read, or is older than the file itself. */
  readonly source: SourceFile | undefined
}

/** @param requestPath the path of the file in the tree */
export function findNeighbours(tree: FileTree, requestPath: string, original: FileVersion): Promise<Neighbour[]> {
  return Promise.all(CODINGS.map(coding => findNeighbour(tree, requestPath, original, coding)))
}

async function findNeighbour(
  tree: FileTree,
  requestPath: string,
  original: FileVersion,
  coding: Coding,
): Promise<Neighbour> {
  const neighbourPath = requestPath + EXTENSIONS[coding]
  const file = tree.fileOf(neighbourPath)
  const missing = { coding, file, version: undefined, source: undefined }
  try {
    const entry = await tree.openPath(neighbourPath)
    const { real, stats: version } = entry
    await access(entry.path, constants.R_OK).finally(() => entry.close())
    const isUsable = version.isFile() && version.mtimeMs >= original.mtimeMs
    return { coding, file, version, source: isUsable ? { file, real, version } : undefined }
  } catch (error) {
    if (error instanceof OutsideTreeError || errorCode(error) !== undefined) return missing
    throw error
  }
}

/** Returns true if the file beside is still the same, or still missing. */
export function isSameNeighbour({ file, version, source }: Neighbour): boolean {
  const current = statSync(file, { throwIfNoEntry: false })
  if (current === undefined || version === undefined) return current === version
  return isSameVersion(current, version) && (source === undefined || realpathSync.native(file) === source.real)
}
