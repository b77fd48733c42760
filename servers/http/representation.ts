/**
 * The answer to GET and HEAD of a file, worked out from what is known of the file and what was asked: which status, which
 * fields, which bytes. Nothing is read here. Pure.
 */
import { type Answer, describe, page } from './answer.ts'
import { type EntityTag, formatEntityTag } from './entity-tag.ts'
import { formatHttpDate } from './http-date.ts'
import { type ConditionalFields, evaluatePreconditions, rangeIsWanted, type Validators } from './precondition.ts'
import { type ByteRange, formatContentRange, lengthOf, multipartPieces, selectRanges } from './range.ts'

/** What is known of a file without reading it. */
export interface FileState {
  readonly dev: number
  readonly ino: number
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
}

/** A file as HTTP sees it (RFC 9110, section 3.2). */
export interface Representation extends Validators {
  readonly type: string
  readonly size: number
  /** The fields of the plain 200. */
  readonly headers: readonly string[]
}

/** The fields of a request that this is about. */
export interface SelectingFields extends ConditionalFields {
  readonly range?: string | undefined
}

/** What to send: an answer without its body, and the pieces of the body, where it has one that is the file's. */
export interface Plan {
  readonly answer: Answer
  readonly pieces?: readonly Piece[]
}

/** Text, or bytes of the file. */
export type Piece = string | ByteRange

/** True where both tell of one file in one state. */
export function sameState(one: FileState, other: FileState): boolean {
  return (
    one.ino === other.ino &&
    one.ctimeMs === other.ctimeMs &&
    one.mtimeMs === other.mtimeMs &&
    one.size === other.size &&
    one.dev === other.dev
  )
}

export function represent(type: string, state: FileState): Representation {
  const etag = tagOf(state)
  const lastModified = Math.floor(state.mtimeMs / 1000) * 1000
  const headers = [...describe(type, state.size), ...stateFields(etag, lastModified), 'Accept-Ranges', 'bytes']
  return { type, size: state.size, etag, lastModified, headers }
}

/**
 * A strong tag: any write changes ctime, which no program can set back, and the file system keeps it much finer than a
 * second; a file put in the place of another has another inode.
 */
function tagOf({ ino, size, ctimeMs }: FileState): EntityTag {
  const opaque = [ino, size, Math.round(ctimeMs * 1000)].map(number => number.toString(36)).join('-')
  return { weak: false, opaque }
}

/** `no-cache`: whoever keeps a copy asks before using it, since a file may be replaced at any time (by FTP). */
function stateFields(etag: EntityTag, lastModified: number): string[] {
  return ['ETag', formatEntityTag(etag), 'Last-Modified', formatHttpDate(lastModified), 'Cache-Control', 'no-cache']
}

/**
 * Works out the answer.
 *
 * @param boundary parts the pieces where several are asked for; it must not occur in the file
 */
export function planAnswer(
  method: string,
  fields: SelectingFields,
  representation: Representation,
  now: number,
  boundary: () => string,
): Plan {
  const verdict = evaluatePreconditions(fields, representation, now)
  if (verdict === 'not-modified') return { answer: notModified(representation) }
  if (verdict === 'failed') return { answer: page(412, 'The file is not in the state that was asked for.') }
  // RFC 9110, section 14.2: a Range is for GET only.
  if (method !== 'GET') return { answer: { status: 200, headers: representation.headers } }
  if (fields.range === undefined || !rangeIsWanted(fields, representation, now)) return whole(representation)
  return planRanges(fields.range, representation, boundary)
}

function whole({ headers, size }: Representation): Plan {
  return { answer: { status: 200, headers }, pieces: size === 0 ? [] : [{ first: 0, last: size - 1 }] }
}

/** RFC 9110, section 15.4.5: the fields that a cache updates its copy from, and none about a body. */
function notModified({ etag, lastModified }: Representation): Answer {
  return { status: 304, headers: stateFields(etag, lastModified) }
}

function planRanges(field: string, representation: Representation, boundary: () => string): Plan {
  const { size, type, etag, lastModified } = representation
  const selection = selectRanges(field, size)
  if (selection.kind === 'whole') return whole(representation)
  if (selection.kind === 'unsatisfiable') return { answer: unsatisfiable(size) }
  const { ranges } = selection
  const [only] = ranges
  const state = [...stateFields(etag, lastModified), 'Accept-Ranges', 'bytes']
  if (ranges.length === 1 && only) {
    const headers = [...describe(type, lengthOf(only)), 'Content-Range', formatContentRange(only, size), ...state]
    return { answer: { status: 206, headers }, pieces: [only] }
  }
  const mark = boundary()
  const pieces = multipartPieces(ranges, { size, type, boundary: mark })
  const headers = [...describe(`multipart/byteranges; boundary=${mark}`, lengthOfPieces(pieces)), ...state]
  return { answer: { status: 206, headers }, pieces }
}

function unsatisfiable(size: number): Answer {
  return page(416, `The file has ${size} bytes.`, ['Content-Range', `bytes */${size}`])
}

export function lengthOfPieces(pieces: readonly Piece[]): number {
  return pieces.reduce(
    (sum, piece) => sum + (typeof piece === 'string' ? Buffer.byteLength(piece) : lengthOf(piece)),
    0,
  )
}
