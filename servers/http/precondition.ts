/** Conditional requests (RFC 9110, section 13): whether to go on, in the order of precedence of section 13.2.2. Pure. */
import { type EntityTag, parseEntityTags, stronglyEqual, weaklyEqual } from './entity-tag.ts'
import { parseHttpDate } from './http-date.ts'

/** The fields of a request that this is about, by their names in small letters. */
export interface ConditionalFields {
  readonly 'if-match'?: string | undefined
  readonly 'if-none-match'?: string | undefined
  readonly 'if-modified-since'?: string | undefined
  readonly 'if-unmodified-since'?: string | undefined
  readonly 'if-range'?: string | undefined
}

/** What identifies the state of a file. */
export interface Validators {
  readonly etag: EntityTag
  /** Milliseconds since 1970, of a whole second: HTTP dates know no smaller. */
  readonly lastModified: number
}

export type Verdict = 'proceed' | 'not-modified' | 'failed'

/** For GET and HEAD of something that exists. */
export function evaluatePreconditions(fields: ConditionalFields, state: Validators, now: number): Verdict {
  if (!stillThere(fields, state, now)) return 'failed'
  return isKnown(fields, state, now) ? 'not-modified' : 'proceed'
}

/** Steps 1 and 2: If-Match, and If-Unmodified-Since only without it. */
function stillThere(fields: ConditionalFields, { etag, lastModified }: Validators, now: number): boolean {
  const match = fields['if-match']
  if (match !== undefined) {
    const tags = parseEntityTags(match)
    return tags === '*' || tags.some(tag => stronglyEqual(tag, etag))
  }
  const since = parseHttpDate(fields['if-unmodified-since'] ?? '', now)
  return since === undefined || lastModified <= since
}

/** Steps 3 and 4: If-None-Match, and If-Modified-Since only without it. */
function isKnown(fields: ConditionalFields, { etag, lastModified }: Validators, now: number): boolean {
  const noneMatch = fields['if-none-match']
  if (noneMatch !== undefined) {
    const tags = parseEntityTags(noneMatch)
    return tags === '*' || tags.some(tag => weaklyEqual(tag, etag))
  }
  const since = parseHttpDate(fields['if-modified-since'] ?? '', now)
  return since !== undefined && lastModified <= since
}

/** How old a modification must be before its date tells two states apart (RFC 9110, section 8.8.2.2). */
const STRONG_DATE_AGE_MS = 1000

/** Step 5: whether a Range field is to be heeded. Part of one state must never be joined to part of another. */
export function rangeIsWanted(fields: ConditionalFields, { etag, lastModified }: Validators, now: number): boolean {
  const ifRange = fields['if-range']
  if (ifRange === undefined) return true
  const date = parseHttpDate(ifRange, now)
  if (date !== undefined) return date === lastModified && now - lastModified >= STRONG_DATE_AGE_MS
  const tags = parseEntityTags(ifRange)
  return tags !== '*' && tags.length === 1 && tags.some(tag => stronglyEqual(tag, etag))
}
