/** The files that `$INCLUDE` names: inside the folder of the zones only, links followed before that is decided. */
import { readFileSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { excerpt } from '../../../shared/dns/excerpt.ts'
import { ParseError } from '../../../shared/dns/rdata/tokens.ts'
import { errorCode } from '../../../shared/errors.ts'
import type { Include } from './master-file.ts'

/** The most that is read for one `$INCLUDE`; a zone of a million records takes about half of it. */
const MAX_INCLUDED_BYTES = 128 * 1024 * 1024

/**
 * Finds and reads what a zone in the folder includes. Names are relative to the file that has the directive.
 *
 * @param folder what may be included lies in it or below it
 * @param told every file that is read
 */
export function includeFrom(folder: string, told: (file: string) => void = () => {}): Include {
  return (name, from) => {
    const file = path.join(path.dirname(from), name)
    if (path.isAbsolute(name) || !isInside(file, folder)) throw outside(name)
    const real = follow(file, name)
    if (!isInside(real, realpathSync(folder))) throw outside(name)
    told(file)
    return { file, text: read(real, name) }
  }
}

function isInside(file: string, folder: string): boolean {
  const way = path.relative(folder, file)
  return way !== '' && way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way)
}

function outside(name: string): ParseError {
  return new ParseError(
    `${excerpt(name)} is not inside the folder of the zones, and only what is there can be included`,
  )
}

function follow(file: string, name: string): string {
  try {
    return realpathSync(file)
  } catch (cause) {
    const why =
      errorCode(cause) === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${errorCode(cause)})`
    throw new ParseError(`${excerpt(name)} cannot be included: ${why}`, { cause })
  }
}

function read(file: string, name: string): string {
  try {
    const stats = statSync(file)
    if (!stats.isFile()) throw new ParseError(`${excerpt(name)} cannot be included: it is not a file`)
    if (stats.size > MAX_INCLUDED_BYTES) {
      throw new ParseError(`${excerpt(name)} cannot be included: it is longer than ${MAX_INCLUDED_BYTES} bytes`)
    }
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof ParseError) throw cause
    throw new ParseError(`${excerpt(name)} cannot be included: it cannot be read (${errorCode(cause)})`, { cause })
  }
}
