/**
 * Plans the response to GET and HEAD of a file from its metadata and the header fields of the request: status, header fields and
 * byte ranges. Reads nothing. Pure.
 */
import { contentFields, type Response, textResponse } from '../response/response.ts'
import { type EntityTag, formatEntityTag } from './entity-tag.ts'
import { formatHttpDate } from './http-date.ts'
import { type ConditionalFields, evaluatePreconditions, isRangeApplicable, type Validators } from './preconditions.ts'
import { type ByteRange, formatContentRange, lengthOf, multipartParts, selectRanges } from './range.ts'

/** The fields of `fs.Stats` that identify one version of a file. */
export interface FileState {
  readonly dev: number
  readonly ino: number
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
}

/** A representation (RFC 9110, section 3.2). */
export interface Representation extends Validators {
  readonly type: string
  readonly size: number
  /** Header fields of a 200 response. */
  readonly headers: readonly string[]
}

/** The header fields of a request that decide which part of a file is sent. */
export interface SelectingFields extends ConditionalFields {
  readonly range?: string | undefined
}

/** A response without its body, and the parts that make up the body if it comes from the file. */
export interface ResponsePlan {
  readonly response: Response
  readonly parts?: readonly BodyPart[]
}

/** Text, or a range of the file. */
export type BodyPart = string | ByteRange

/** True if both describe the same version of the same file. */
export function sameState(a: FileState, b: FileState): boolean {
  return a.ino === b.ino && a.ctimeMs === b.ctimeMs && a.mtimeMs === b.mtimeMs && a.size === b.size && a.dev === b.dev
}

export function createRepresentation(type: string, state: FileState): Representation {
  const etag = entityTagOf(state)
  const lastModified = Math.floor(state.mtimeMs / 1000) * 1000
  const headers = [...contentFields(type, state.size), ...validatorFields(etag, lastModified), 'Accept-Ranges', 'bytes']
  return { type, size: state.size, etag, lastModified, headers }
}

/**
 * A strong tag: every write changes ctime, which programs cannot set and which is much finer than a second; a file that
 * replaces another has another inode.
 */
function entityTagOf({ ino, size, ctimeMs }: FileState): EntityTag {
  const opaque = [ino, size, Math.round(ctimeMs * 1000)].map(number => number.toString(36)).join('-')
  return { weak: false, opaque }
}

/** `no-cache` makes caches revalidate, because FTP may replace a file at any time. */
function validatorFields(etag: EntityTag, lastModified: number): string[] {
  return ['ETag', formatEntityTag(etag), 'Last-Modified', formatHttpDate(lastModified), 'Cache-Control', 'no-cache']
}

/** @param boundary creates the boundary of a multipart body; it must not occur in the file */
export function planResponse(
  method: string,
  fields: SelectingFields,
  representation: Representation,
  now: number,
  boundary: () => string,
): ResponsePlan {
  const result = evaluatePreconditions(fields, representation, now)
  if (result === 'not-modified') return { response: notModified(representation) }
  if (result === 'failed') return { response: textResponse(412, 'The file is not in the state that was asked for.') }
  // RFC 9110, section 14.2: Range is defined for GET only.
  if (method !== 'GET') return { response: { status: 200, headers: representation.headers } }
  if (fields.range === undefined || !isRangeApplicable(fields, representation, now)) return whole(representation)
  return planRanges(fields.range, representation, boundary)
}

function whole({ headers, size }: Representation): ResponsePlan {
  return { response: { status: 200, headers }, parts: size === 0 ? [] : [{ first: 0, last: size - 1 }] }
}

/** RFC 9110, section 15.4.5: only the fields that a cache needs to update its copy. */
function notModified({ etag, lastModified }: Representation): Response {
  return { status: 304, headers: validatorFields(etag, lastModified) }
}

function planRanges(field: string, representation: Representation, boundary: () => string): ResponsePlan {
  const { size, type, etag, lastModified } = representation
  const selection = selectRanges(field, size)
  if (selection.kind === 'whole') return whole(representation)
  if (selection.kind === 'unsatisfiable') return { response: unsatisfiable(size) }
  const { ranges } = selection
  const [only] = ranges
  const state = [...validatorFields(etag, lastModified), 'Accept-Ranges', 'bytes']
  if (ranges.length === 1 && only) {
    const headers = [...contentFields(type, lengthOf(only)), 'Content-Range', formatContentRange(only, size), ...state]
    return { response: { status: 206, headers }, parts: [only] }
  }
  const delimiter = boundary()
  const parts = multipartParts(ranges, { size, type, boundary: delimiter })
  const headers = [...contentFields(`multipart/byteranges; boundary=${delimiter}`, lengthOfParts(parts)), ...state]
  return { response: { status: 206, headers }, parts }
}

function unsatisfiable(size: number): Response {
  return textResponse(416, `The file has ${size} bytes.`, ['Content-Range', `bytes */${size}`])
}

export function lengthOfParts(parts: readonly BodyPart[]): number {
  return parts.reduce((sum, part) => sum + (typeof part === 'string' ? Buffer.byteLength(part) : lengthOf(part)), 0)
}
