/**
 * A file in memory with its responses. They are the same objects for every request, so that the writer can keep what it made
 * of them. Pure.
 */
import type { Response } from '../response/response.ts'
import { formatEntityTag } from './entity-tag.ts'
import { type FileRequestFields, notModified } from './plan-response.ts'
import type { FileVersion, Representation } from './representation.ts'

/** One version of a file on disk. */
export interface SourceFile {
  /** The absolute path as the client named it. */
  readonly file: string
  /** The same with its links resolved. */
  readonly real: string
  readonly version: FileVersion
}

export class CachedFile {
  readonly source: SourceFile
  readonly representation: Representation
  readonly content: Buffer
  /** The period in which the file was compared with the one on disk. */
  checkedIn: number
  readonly #etag: string
  readonly #whole: Response
  readonly #notModified: Response

  constructor(source: SourceFile, representation: Representation, content: Buffer, checkedIn: number) {
    this.source = source
    this.representation = representation
    this.content = content
    this.checkedIn = checkedIn
    this.#etag = formatEntityTag(representation.etag)
    this.#whole = { status: 200, headers: representation.headers, body: content, shared: true }
    this.#notModified = { ...notModified(representation), shared: true }
  }

  /** Returns the response to a GET without conditions, or of the current version only; undefined for any other request. */
  readyResponse(method: string, fields: FileRequestFields): Response | undefined {
    if (method !== 'GET') return undefined
    if (fields['if-match'] !== undefined || fields['if-unmodified-since'] !== undefined) return undefined
    const tag = fields['if-none-match']
    if (tag !== undefined) return tag === this.#etag ? this.#notModified : undefined
    return fields.range === undefined && fields['if-modified-since'] === undefined ? this.#whole : undefined
  }
}
