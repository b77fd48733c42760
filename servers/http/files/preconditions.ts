/** Evaluates conditional requests (RFC 9110, section 13) in the order of precedence of section 13.2.2. Pure. */
import { parseHttpDate } from '../http-date.ts'
import { type EntityTag, parseEntityTags, stronglyEqual, weaklyEqual } from './entity-tag.ts'

/** The conditional header fields of a request, by lower-case name. */
export interface ConditionalFields {
  readonly 'if-match'?: string | undefined
  readonly 'if-none-match'?: string | undefined
  readonly 'if-modified-since'?: string | undefined
  readonly 'if-unmodified-since'?: string | undefined
  readonly 'if-range'?: string | undefined
}

/** The validators of a file (RFC 9110, section 8.8). */
export interface Validators {
  readonly etag: EntityTag
  /** Milliseconds since 1970, rounded down to the second, which is the resolution of HTTP dates. */
  readonly lastModified: number
}

export type PreconditionResult = 'proceed' | 'not-modified' | 'failed'

/** Evaluates the preconditions of a GET or HEAD of a file that exists. */
export function evaluatePreconditions(
  fields: ConditionalFields,
  validators: Validators,
  now: number,
): PreconditionResult {
  if (!matches(fields, validators, now)) return 'failed'
  return isNotModified(fields, validators, now) ? 'not-modified' : 'proceed'
}

/** The validators of a file that is to be changed: a client can have it in any of its codings. */
export interface ChangeValidators {
  readonly etags: readonly EntityTag[]
  /** Milliseconds since 1970. */
  readonly lastModified: number
}

/**
 * Evaluates the preconditions of a request that stores or deletes a file.
 *
 * @param current undefined if there is no file
 */
export function permitsChange(fields: ConditionalFields, current: ChangeValidators | undefined, now: number): boolean {
  const { 'if-match': match, 'if-none-match': noneMatch } = fields
  if (match !== undefined && !hasTag(match, current, stronglyEqual)) return false
  if (match === undefined && current) {
    const since = parseHttpDate(fields['if-unmodified-since'] ?? '', now)
    // The resolution of HTTP dates is a second.
    if (since !== undefined && Math.floor(current.lastModified / 1000) * 1000 > since) return false
  }
  return noneMatch === undefined || !hasTag(noneMatch, current, weaklyEqual)
}

/** `*` is any tag of a file that exists. */
function hasTag(field: string, current: ChangeValidators | undefined, equal: typeof weaklyEqual): boolean {
  if (!current) return false
  const tags = parseEntityTags(field)
  return tags === '*' || tags.some(tag => current.etags.some(each => equal(tag, each)))
}

/** Steps 1 and 2: If-Match, or If-Unmodified-Since if there is no If-Match. */
function matches(fields: ConditionalFields, { etag, lastModified }: Validators, now: number): boolean {
  const match = fields['if-match']
  if (match !== undefined) {
    const tags = parseEntityTags(match)
    return tags === '*' || tags.some(tag => stronglyEqual(tag, etag))
  }
  const since = parseHttpDate(fields['if-unmodified-since'] ?? '', now)
  return since === undefined || lastModified <= since
}

/** Steps 3 and 4: If-None-Match, or If-Modified-Since if there is no If-None-Match. */
function isNotModified(fields: ConditionalFields, { etag, lastModified }: Validators, now: number): boolean {
  const noneMatch = fields['if-none-match']
  if (noneMatch !== undefined) {
    const tags = parseEntityTags(noneMatch)
    return tags === '*' || tags.some(tag => weaklyEqual(tag, etag))
  }
  const since = parseHttpDate(fields['if-modified-since'] ?? '', now)
  return since !== undefined && lastModified <= since
}

/** A modification date is a strong validator only if it is older than this (RFC 9110, section 8.8.2.2). */
const STRONG_DATE_AGE_MS = 1000

/** Step 5, If-Range: a client must never combine parts of two versions of a file. */
export function isRangeApplicable(fields: ConditionalFields, { etag, lastModified }: Validators, now: number): boolean {
  const ifRange = fields['if-range']
  if (ifRange === undefined) return true
  const date = parseHttpDate(ifRange, now)
  if (date !== undefined) return date === lastModified && now - lastModified >= STRONG_DATE_AGE_MS
  const tags = parseEntityTags(ifRange)
  return tags !== '*' && tags.length === 1 && tags.some(tag => stronglyEqual(tag, etag))
}
