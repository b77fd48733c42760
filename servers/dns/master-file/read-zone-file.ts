/** Reads a zone file. Rejects pipes and devices, which reading might never finish, and files that are too long. */
import { readFile, stat } from 'node:fs/promises'
import { errorCode } from '../../../shared/errors.ts'
import { ZoneError } from '../zone/zone-error.ts'

/** Bounds a zone file. A million records take a quarter of this. */
export const MAX_FILE_BYTES = 256 * 1024 * 1024

/**
 * Returns the bytes of a file.
 *
 * @throws ZoneError if it is not a regular file, is too long or cannot be read; the ENOENT error if it does not exist
 */
export async function readZoneFile(file: string): Promise<Buffer<ArrayBuffer>> {
  try {
    const stats = await stat(file)
    if (!stats.isFile()) throw new ZoneError(file, 1, '', 'not a regular file')
    if (stats.size > MAX_FILE_BYTES) throw new ZoneError(file, 1, '', `the file is longer than ${MAX_FILE_BYTES} bytes`)
    return await readFile(file)
  } catch (error) {
    if (error instanceof ZoneError || errorCode(error) === 'ENOENT') throw error
    throw new ZoneError(file, 1, '', `cannot read the file (${errorCode(error)})`, { cause: error })
  }
}
