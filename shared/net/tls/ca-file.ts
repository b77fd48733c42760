/** Reads the file given with `--cacert`. */
import { readFile } from 'node:fs/promises'
import { UsageError } from '../../errors.ts'
import { fileProblem } from '../../files/file-problem.ts'

/**
 * Returns the certificates of the authorities in a PEM file; undefined without a file.
 *
 * @throws UsageError if the file cannot be read, or has no certificate
 */
export async function readCaFile(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  const certificates = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`--cacert ${file}: cannot read: ${fileProblem(cause)}`, { cause })
  })
  // Node ignores what is not a certificate.
  if (!/^-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/m.test(certificates)) {
    throw new UsageError(`--cacert ${file}: it has no certificate. Give a file in the PEM format`)
  }
  return certificates
}
