/** The representation of a file (RFC 9110, section 3.2): its media type, size and validators, from the metadata alone. Pure. */
import { formatHttpDate } from '../http-date.ts'
import { contentFields } from '../response/response.ts'
import { type EntityTag, formatEntityTag } from './entity-tag.ts'
import type { Validators } from './preconditions.ts'

/** The fields of `fs.Stats` that together identify one version of a file. */
export interface FileVersion {
  readonly dev: number
  readonly ino: number
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
}

export interface Representation extends Validators {
  readonly type: string
  readonly size: number
  /** Header fields of a 200 response. */
  readonly headers: readonly string[]
}

export function isSameVersion(a: FileVersion, b: FileVersion): boolean {
  return a.ino === b.ino && a.ctimeMs === b.ctimeMs && a.mtimeMs === b.mtimeMs && a.size === b.size && a.dev === b.dev
}

export function createRepresentation(type: string, version: FileVersion): Representation {
  const etag = entityTagOf(version)
  const lastModified = Math.floor(version.mtimeMs / 1000) * 1000
  const headers = [
    ...contentFields(type, version.size),
    ...validatorFields({ etag, lastModified }),
    'Accept-Ranges',
    'bytes',
  ]
  return { type, size: version.size, etag, lastModified, headers }
}

/**
 * Creates a strong tag: every write changes ctime, which programs cannot set and which is much finer than a second; a file
 * that replaces another has another inode.
 */
function entityTagOf({ ino, size, ctimeMs }: FileVersion): EntityTag {
  const opaque = [ino, size, Math.round(ctimeMs * 1000)].map(number => number.toString(36)).join('-')
  return { weak: false, opaque }
}

/** Returns the validator fields; `no-cache` makes caches revalidate, because FTP may replace a file at any time. */
export function validatorFields({ etag, lastModified }: Validators): string[] {
  return ['ETag', formatEntityTag(etag), 'Last-Modified', formatHttpDate(lastModified), 'Cache-Control', 'no-cache']
}
