/** What the representations of a file depend on: its type, the codings that it is available in, and its header fields. */
import type { FileTree } from '../../../shared/files/file-tree.ts'
import { SUPPORTED_CODINGS } from './compressor.ts'
import { CODINGS, type Coding } from './content-coding.ts'
import type { FoundFile } from './look-up.ts'
import { isCompressible, mediaTypeOf } from './media-type.ts'
import { findNeighbours, type Neighbour } from './neighbours.ts'
import { createRepresentation, type Representation } from './representation.ts'
import type { SourceFile } from './source-file.ts'

/** Files up to this size are cached and compressed; larger ones are read while they are sent. */
export const MAX_CACHED_BYTES = 1024 * 1024
/** Compressing a smaller file would save no packet. */
const MIN_COMPRESSED_BYTES = 1024

export interface FileDescription {
  readonly found: FoundFile
  readonly type: string
  /** The compressed files beside it; only those of a type that can be compressed are looked up. */
  readonly neighbours: readonly Neighbour[]
  /** In the order of preference; empty if the content has no other coding. */
  readonly codings: readonly Coding[]
  /** Header fields of every response with the file. */
  readonly fields: readonly string[]
}

/** @param fields header fields of every response with the file */
export async function describeFile(
  tree: FileTree,
  found: FoundFile,
  fields: readonly string[],
): Promise<FileDescription> {
  const type = mediaTypeOf(found.file)
  if (!isCompressible(type)) return { found, type, neighbours: [], codings: [], fields }
  const neighbours = await findNeighbours(tree, found.path, found.version)
  const { size } = found.version
  const produced = size >= MIN_COMPRESSED_BYTES && size <= MAX_CACHED_BYTES ? SUPPORTED_CODINGS : []
  const codings = CODINGS.filter(coding => produced.includes(coding) || neighbourOf({ neighbours }, coding))
  return {
    found,
    type,
    neighbours,
    codings,
    fields: codings.length > 0 ? [...fields, 'Vary', 'Accept-Encoding'] : fields,
  }
}

/** Returns the compressed file to send in a coding; undefined if there is none. */
export function neighbourOf(
  { neighbours }: Pick<FileDescription, 'neighbours'>,
  coding: Coding | undefined,
): SourceFile | undefined {
  return neighbours.find(neighbour => neighbour.coding === coding)?.source
}

/**
 * Describes the content of the file, or of a compressed file beside it.
 *
 * @param size bytes of the content, if the server has compressed it
 */
export function representFile(
  { type, fields }: FileDescription,
  { version }: SourceFile,
  coding: Coding | undefined,
  size = version.size,
): Representation {
  return createRepresentation(type, version, { coding, fields, size })
}
