/** Responds with content that has an entity tag: preconditions and ranges (RFC 9110, sections 13 and 14). Pure. */
import { type EntityTag, formatEntityTag } from '../../files/entity-tag.ts'
import { evaluatePreconditions, isRangeApplicable } from '../../files/preconditions.ts'
import { formatContentRange, multipartSegments, rangeLength, selectRanges } from '../../files/range.ts'
import type { RequestFields } from '../../request/request.ts'
import { contentFields, type Response } from '../../response/response.ts'
import { errorResponse } from '../content.ts'

export interface ByteContent {
  readonly type: string
  readonly content: Buffer
  readonly etag: EntityTag
}

const BOUNDARY = 'fourwire-test-range'

export function respondWithContent(
  method: string,
  headers: RequestFields,
  { type, content, etag }: ByteContent,
): Response {
  const tag = ['ETag', formatEntityTag(etag)]
  const result = evaluatePreconditions(method, headers, { etag }, 0)
  if (result === 'not-modified') return { status: 304, headers: tag }
  if (result === 'failed') return errorResponse(412, 'The entity tag does not match.', tag)
  const common = [...tag, 'Accept-Ranges', 'bytes']
  const whole = { status: 200, headers: [...contentFields(type, content.length), ...common], body: content }
  const { range } = headers
  if (method !== 'GET' || range === undefined || !isRangeApplicable(headers, { etag }, 0)) return whole
  const selection = selectRanges(range, content.length)
  if (selection.kind === 'whole') return whole
  if (selection.kind === 'unsatisfiable') {
    const detail = `The content has ${content.length} bytes.`
    return errorResponse(416, detail, ['Content-Range', `bytes */${content.length}`, ...common])
  }
  const [first, ...more] = selection.ranges
  if (first && more.length === 0) {
    const position = ['Content-Range', formatContentRange(first, content.length)]
    const body = content.subarray(first.first, first.last + 1)
    return { status: 206, headers: [...contentFields(type, rangeLength(first)), ...position, ...common], body }
  }
  const segments = multipartSegments(selection.ranges, { size: content.length, type, boundary: BOUNDARY })
  const body = Buffer.concat(
    segments.map(part => (typeof part === 'string' ? Buffer.from(part) : content.subarray(part.first, part.last + 1))),
  )
  const multipart = `multipart/byteranges; boundary=${BOUNDARY}`
  return { status: 206, headers: [...contentFields(multipart, body.length), ...common], body }
}
