/** Reads the files that `$INCLUDE` names, only from inside the zones folder. */
import { readFileSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { excerpt } from '../../../shared/dns/excerpt.ts'
import { ParseError } from '../../../shared/dns/rdata/tokens.ts'
import { errorCode } from '../../../shared/errors.ts'
import type { Include } from './source.ts'

/** Bounds one included file. A zone of a million records takes about half of this. */
const MAX_INCLUDED_BYTES = 128 * 1024 * 1024

/** Creates the `include` function of zones in a folder. Names are relative to the file that has the directive. */
export function includeFromFolder(folder: string): Include {
  return (name, from) => {
    const file = path.join(path.dirname(from), name)
    if (path.isAbsolute(name) || !isInside(file, folder)) throw outsideError(name)
    // A symbolic link inside the folder can lead out of it.
    const target = resolveLinks(file, name)
    if (!isInside(target, realpathSync(folder))) throw outsideError(name)
    return { file, text: read(target, name) }
  }
}

function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file)
  return relative !== '' && relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)
}

function outsideError(name: string): ParseError {
  return includeError(name, 'it is outside of the zones folder')
}

function includeError(name: string, reason: string, options?: ErrorOptions): ParseError {
  return new ParseError(`${excerpt(name)} cannot be included: ${reason}`, options)
}

function resolveLinks(file: string, name: string): string {
  try {
    return realpathSync(file)
  } catch (cause) {
    const code = errorCode(cause)
    throw includeError(name, code === 'ENOENT' ? 'file not found' : `cannot read the file (${code})`, { cause })
  }
}

function read(file: string, name: string): string {
  try {
    const stats = statSync(file)
    if (!stats.isFile()) throw includeError(name, 'it is not a file')
    if (stats.size > MAX_INCLUDED_BYTES) throw includeError(name, `it is longer than ${MAX_INCLUDED_BYTES} bytes`)
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof ParseError) throw cause
    throw includeError(name, `cannot read the file (${errorCode(cause)})`, { cause })
  }
}
