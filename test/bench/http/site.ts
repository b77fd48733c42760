/** Creates the files that all servers of the bench serve, and a certificate. */
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Site } from './contestants.ts'
import { createFiles, writeFiles } from './workloads.ts'

/** @param folder an empty folder; the files are in its `data/www`, where Fourwire serves them */
export async function createSite(folder: string): Promise<Site> {
  const root = path.join(folder, 'data/www')
  const scratch = path.join(folder, 'scratch')
  await mkdir(scratch)
  await writeFiles(root, createFiles())
  const [certificate, key] = [path.join(scratch, 'cert.pem'), path.join(scratch, 'key.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const args = ['req', '-x509', ...curve, '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', certificate]
  await promisify(execFile)('openssl', args)
  return { root, scratch, certificate, key }
}
