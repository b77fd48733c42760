/** Reads the file given with `--cacert`. */
import { readFile } from 'node:fs/promises'
import { UsageError } from '../../errors.ts'
import { fileProblem } from '../../files/file-problem.ts'

/**
 * Returns the certificates of the authorities in a PEM file; undefined without a file.
 *
 * @throws UsageError if the file cannot be read
 */
export async function readCaFile(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`--cacert ${file}: cannot read: ${fileProblem(cause)}`, { cause })
  }
}
