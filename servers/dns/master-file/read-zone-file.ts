/** Reading the files that zones are in: a folder can hold anything, and a pipe or a device would be read for ever. */
import { readFile, stat } from 'node:fs/promises'
import { errorCode } from '../../../shared/errors.ts'
import { ZoneError } from '../zone/zone-error.ts'

/** The longest file of a zone: a million records take a quarter of it. */
const MAX_FILE_BYTES = 256 * 1024 * 1024

/**
 * The bytes of a file.
 *
 * @throws ZoneError for what is no file, is too long, or may not be read; what is not there is the system's own ENOENT
 */
export async function readZoneFile(file: string): Promise<Buffer<ArrayBuffer>> {
  try {
    const stats = await stat(file)
    if (!stats.isFile()) throw new ZoneError(file, 1, '', 'that is not a file')
    if (stats.size > MAX_FILE_BYTES) throw new ZoneError(file, 1, '', `the file is longer than ${MAX_FILE_BYTES} bytes`)
    return await readFile(file)
  } catch (error) {
    if (error instanceof ZoneError || errorCode(error) === 'ENOENT') throw error
    throw new ZoneError(file, 1, '', `the file cannot be read (${errorCode(error)})`, { cause: error })
  }
}
