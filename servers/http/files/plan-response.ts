/**
 * Plans the response to GET and HEAD of a file from its representation and the header fields of the request: status, header
 * fields and byte ranges. Reads no file. Pure.
 */
import { contentFields, type Response, textResponse } from '../response/response.ts'
import { type ConditionalFields, evaluatePreconditions, isRangeApplicable } from './preconditions.ts'
import { type BodySegment, formatContentRange, multipartSegments, rangeLength, selectRanges } from './range.ts'
import { codingFields, type Representation } from './representation.ts'

/** The header fields of a request that decide the status of the response and the bytes in it. */
export interface FileRequestFields extends ConditionalFields {
  readonly range?: string | undefined
  readonly accept?: string | undefined
  readonly 'accept-encoding'?: string | undefined
}

/** A response without its body, and the segments of that body. Without segments, `response` is already complete. */
export interface ResponsePlan {
  readonly response: Response
  readonly segments?: readonly BodySegment[]
}

/** @param createBoundary creates the boundary of a multipart body, which must not occur in the file */
export function planResponse(
  method: string,
  fields: FileRequestFields,
  representation: Representation,
  now: number,
  createBoundary: () => string,
): ResponsePlan {
  const result = evaluatePreconditions(method, fields, representation, now)
  if (result === 'not-modified') return { response: notModified(representation) }
  if (result === 'failed')
    return { response: textResponse(412, 'The file does not meet the preconditions of the request.') }
  // RFC 9110, section 14.2: Range is defined for GET only.
  if (method !== 'GET') return { response: { status: 200, headers: representation.headers } }
  if (fields.range === undefined || !isRangeApplicable(fields, representation, now)) return planWhole(representation)
  return planRanges(fields.range, representation, createBoundary)
}

function planWhole({ headers, size }: Representation): ResponsePlan {
  return { response: { status: 200, headers }, segments: size === 0 ? [] : [{ first: 0, last: size - 1 }] }
}

/** RFC 9110, section 15.4.5: only the fields that a cache needs to update its copy. */
export function notModified(representation: Representation): Response {
  return { status: 304, headers: representation.validatorFields }
}

function planRanges(field: string, representation: Representation, createBoundary: () => string): ResponsePlan {
  const { size, type } = representation
  const selection = selectRanges(field, size)
  if (selection.kind === 'whole') return planWhole(representation)
  if (selection.kind === 'unsatisfiable') return { response: rangeNotSatisfiable(size) }
  const { ranges } = selection
  const [range] = ranges
  const fields = [...codingFields(representation.coding), ...representation.validatorFields, 'Accept-Ranges', 'bytes']
  if (ranges.length === 1 && range) {
    const content = [...contentFields(type, rangeLength(range)), 'Content-Range', formatContentRange(range, size)]
    return { response: { status: 206, headers: [...content, ...fields] }, segments: [range] }
  }
  // Content-Encoding would apply to the multipart body as a whole; a server may ignore Range.
  if (representation.coding !== undefined) return planWhole(representation)
  const boundary = createBoundary()
  const segments = multipartSegments(ranges, { size, type, boundary })
  const content = contentFields(`multipart/byteranges; boundary=${boundary}`, lengthOfSegments(segments))
  return { response: { status: 206, headers: [...content, ...fields] }, segments }
}

function rangeNotSatisfiable(size: number): Response {
  return textResponse(416, `The file has ${size} bytes.`, ['Content-Range', `bytes */${size}`])
}

function lengthOfSegments(segments: readonly BodySegment[]): number {
  const lengths = segments.map(segment =>
    typeof segment === 'string' ? Buffer.byteLength(segment) : rangeLength(segment),
  )
  return lengths.reduce((sum, length) => sum + length, 0)
}
