/**
 * A representation in memory with its responses. They are the same objects for every request, so that the writer can keep what
 * it made of them. Pure.
 */
import type { Response } from '../response/response.ts'
import { bodyFrom } from './body-from.ts'
import { formatEntityTag } from './entity-tag.ts'
import { type FileRequestFields, notModified, type ResponsePlan } from './plan-response.ts'
import type { Representation } from './representation.ts'

export class ReadyContent {
  readonly representation: Representation
  readonly content: Buffer
  readonly #etag: string
  readonly #whole: Response
  readonly #notModified: Response

  constructor(representation: Representation, content: Buffer) {
    this.representation = representation
    this.content = content
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

  /** Completes a planned response with the content. */
  complete({ response, segments }: ResponsePlan): Response {
    return segments ? { ...response, body: bodyFrom(this.content, segments) } : response
  }
}
