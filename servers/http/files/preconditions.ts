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

/** The validators of a representation (RFC 9110, section 8.8); undefined without one. */
export interface Validators {
  readonly etag?: EntityTag | undefined
  /** Milliseconds since 1970, rounded down to the second, which is the resolution of HTTP dates. */
  readonly lastModified?: number | undefined
}

export type PreconditionResult = 'proceed' | 'not-modified' | 'failed'

/** Evaluates the preconditions of a request for a representation that exists; only GET and HEAD can be `not-modified`. */
export function evaluatePreconditions(
  method: string,
  fields: ConditionalFields,
  validators: Validators,
  now: number,
): PreconditionResult {
  if (!matches(fields, validators, now)) return 'failed'
  if (method === 'GET' || method === 'HEAD') return isNotModified(fields, validators, now) ? 'not-modified' : 'proceed'
  // Sections 13.1.2 and 13.1.3: for other methods, a tag that matches is a failure, and If-Modified-Since does not count.
  const { 'if-none-match': noneMatch } = fields
  return noneMatch !== undefined && isAnyOf(noneMatch, validators, weaklyEqual) ? 'failed' : 'proceed'
}

/** `*` is any representation, also one without a tag. */
function isAnyOf(field: string, { etag }: Validators, equal: typeof weaklyEqual): boolean {
  const tags = parseEntityTags(field)
  return tags === '*' || (etag !== undefined && tags.some(tag => equal(tag, etag)))
}

/** The validators of a file that is to be changed: a client can have it in any of its codings. */
export interface ChangeValidators {
  readonly etags: readonly EntityTag[]
  /** Milliseconds since 1970, rounded down to the second. */
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
    if (since !== undefined && current.lastModified > since) return false
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
function matches(fields: ConditionalFields, validators: Validators, now: number): boolean {
  const match = fields['if-match']
  if (match !== undefined) return isAnyOf(match, validators, stronglyEqual)
  const since = parseHttpDate(fields['if-unmodified-since'] ?? '', now)
  return since === undefined || validators.lastModified === undefined || validators.lastModified <= since
}

/** Steps 3 and 4: If-None-Match, or If-Modified-Since if there is no If-None-Match. */
function isNotModified(fields: ConditionalFields, validators: Validators, now: number): boolean {
  const noneMatch = fields['if-none-match']
  if (noneMatch !== undefined) return isAnyOf(noneMatch, validators, weaklyEqual)
  const since = parseHttpDate(fields['if-modified-since'] ?? '', now)
  return since !== undefined && validators.lastModified !== undefined && validators.lastModified <= since
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
  return tags !== '*' && tags.length === 1 && etag !== undefined && tags.some(tag => stronglyEqual(tag, etag))
}
