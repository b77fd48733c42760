/** The conditions of a request that stores or deletes a file (RFC 9110, section 13). Pure. */
import type { VersionCheck } from '../../../../shared/files/upload/upload.ts'
import { CODINGS } from '../../files/content-coding.ts'
import { formatEntityTag } from '../../files/entity-tag.ts'
import { permitsChange } from '../../files/preconditions.ts'
import { entityTagOf, lastModifiedOf } from '../../files/representation.ts'
import type { FileVersion } from '../../files/source-file.ts'
import type { RequestFields } from '../../request/request.ts'
import { Problem } from '../problem.ts'

/** Returns a check that throws a 412 problem if a version of the file does not meet the conditions; undefined without any. */
export function versionCheck(headers: RequestFields, now: number): VersionCheck | undefined {
  const { 'if-match': match, 'if-none-match': noneMatch, 'if-unmodified-since': since } = headers
  if (match === undefined && noneMatch === undefined && since === undefined) return undefined
  return current => {
    // A client can have any coding of this version.
    const etags = current ? [undefined, ...CODINGS].map(coding => entityTagOf(current, coding)) : []
    if (!permitsChange(headers, current && { etags, lastModified: lastModifiedOf(current) }, now)) throw failed(current)
  }
}

function failed(current: FileVersion | undefined): Problem {
  if (!current)
    return new Problem(412, 'The request has a condition that requires a file, and there is none at this path.')
  const tag = formatEntityTag(entityTagOf(current))
  return new Problem(412, `The file does not meet the conditions of the request. Its entity tag is ${tag}.`, {
    headers: ['ETag', tag],
  })
}
