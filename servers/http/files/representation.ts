/** The representation of a file (RFC 9110, section 3.2): its media type, size and validators, from the metadata alone. Pure. */
import { formatHttpDate } from '../http-date.ts'
import { contentFields } from '../response/response.ts'
import type { Coding } from './content-coding.ts'
import { type EntityTag, formatEntityTag } from './entity-tag.ts'
import type { Validators } from './preconditions.ts'
import type { FileVersion } from './source-file.ts'

export interface Representation extends Validators {
  readonly etag: EntityTag
  readonly type: string
  readonly size: number
  readonly coding: Coding | undefined
  /** Header fields of a 200 response. */
  readonly headers: readonly string[]
  /** The header fields of a 200 response that a 304 response has too (RFC 9110, section 15.4.5). */
  readonly validatorFields: readonly string[]
}

export interface RepresentationOptions {
  /** Undefined for the content as it is. */
  readonly coding?: Coding | undefined
  /** Further header fields of every response with this representation. */
  readonly fields?: readonly string[]
  /** Bytes of the content, if it is not the content of the file. */
  readonly size?: number | undefined
}

/** Makes caches revalidate, because a file may be replaced at any time. */
const DEFAULT_FIELDS = ['Cache-Control', 'no-cache']

export function createRepresentation(
  type: string,
  version: FileVersion,
  { coding, fields = DEFAULT_FIELDS, size = version.size }: RepresentationOptions = {},
): Representation {
  const etag = entityTagOf(version, coding)
  const lastModified = lastModifiedOf(version)
  const validatorFields = ['ETag', formatEntityTag(etag), 'Last-Modified', formatHttpDate(lastModified), ...fields]
  const headers = [...contentFields(type, size), ...codingFields(coding), ...validatorFields, 'Accept-Ranges', 'bytes']
  return { type, size, coding, etag, lastModified, headers, validatorFields }
}

/**
 * Returns the date of the last change, without the fraction of a second, which HTTP dates do not have. Programs can set mtime to a date in the
 * future, which Last-Modified must not be (RFC 9110, section 8.8.2.1); ctime is then when they did.
 */
export function lastModifiedOf({ mtimeMs, ctimeMs }: Pick<FileVersion, 'mtimeMs' | 'ctimeMs'>): number {
  return Math.floor(Math.min(mtimeMs, ctimeMs) / 1000) * 1000
}

export function codingFields(coding: Coding | undefined): string[] {
  return coding === undefined ? [] : ['Content-Encoding', coding]
}

/**
 * Creates a strong tag: every write changes ctime, which programs cannot set and which is much finer than a second; a file
 * that replaces another has another inode. Each coding has a tag of its own (RFC 9110, section 8.8.3.3).
 */
export function entityTagOf({ ino, size, ctimeMs }: FileVersion, coding?: Coding): EntityTag {
  const numbers = [ino, size, Math.round(ctimeMs * 1000)].map(number => number.toString(36))
  return { weak: false, opaque: [...numbers, ...(coding === undefined ? [] : [coding])].join('-') }
}
