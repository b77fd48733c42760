/** Creates the files that all servers of the bench serve, a certificate, and the program that loads them. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ENTRIES, FILES, MEDIUM_BYTES, SMALL_BYTES } from './workloads.ts'

/** Where the bench's files are. */
export interface Site {
  /** The served folder. */
  readonly root: string
  /** The data folder of Fourwire, which serves its `www`. */
  readonly data: string
  /** A folder for files of the servers. */
  readonly scratch: string
  readonly certificate: string
  readonly key: string
  /** A listing of as many entries as `FILES.many` has. */
  readonly listing: string
  /** The compiled `client.c`. */
  readonly client: string
  readonly bigBytes: number
}

const CHUNK_BYTES = 1024 * 1024
const LIST_LINE = '-rw-r--r--    1 ftp      ftp             0 Nov 28 12:00 '

/** @param folder an empty folder */
export async function createSite(folder: string, bigBytes: number): Promise<Site> {
  const [data, scratch] = [path.join(folder, 'data'), path.join(folder, 'scratch')]
  const root = path.join(data, 'www')
  const inScratch = (name: string) => path.join(scratch, name)
  const site = { root, data, scratch, bigBytes, certificate: inScratch('cert.pem'), key: inScratch('key.pem') }
  await Promise.all([mkdir(scratch), mkdir(path.join(root, FILES.many), { recursive: true })])
  await mkdir(path.join(root, FILES.uploads))
  // vsftpd serves as the user `ftp`.
  for (const served of [folder, data, root]) await chmod(served, 0o755)
  await chmod(path.join(root, FILES.uploads), 0o777)
  await writeFiles(root, bigBytes)
  await writeFile(inScratch('listing'), ENTRY_NAMES.map(name => `${LIST_LINE}${name}\r\n`).join(''))
  const certificate = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1']
  await run('openssl', ['req', '-x509', ...certificate, '-keyout', site.key, '-out', site.certificate])
  const source = fileURLToPath(new URL('./client.c', import.meta.url))
  await run('cc', ['-O2', '-pthread', '-o', inScratch('client'), source])
  return { ...site, listing: inScratch('listing'), client: inScratch('client') }
}

/** Removes what the load has uploaded. */
export async function clearUploads({ root }: Site): Promise<void> {
  const folder = path.join(root, FILES.uploads)
  await Promise.all((await readdir(folder)).map(name => rm(path.join(folder, name))))
}

const run = promisify(execFile)
const ENTRY_NAMES = Array.from({ length: ENTRIES }, (_, index) => `entry-${String(index).padStart(5, '0')}.txt`)
/** Files that are created at the same time. */
const CREATED_AT_ONCE = 100

async function writeFiles(root: string, bigBytes: number): Promise<void> {
  await writeFile(path.join(root, FILES.small), Buffer.alloc(SMALL_BYTES, 'x'))
  await writeFile(path.join(root, FILES.medium), randomBytes(MEDIUM_BYTES))
  const chunk = randomBytes(CHUNK_BYTES)
  const handle = await open(path.join(root, FILES.big), 'w')
  for (let left = bigBytes; left > 0; left -= CHUNK_BYTES) await handle.writeFile(chunk.subarray(0, left))
  // Writing it back must not disturb the runs.
  await handle.sync()
  await handle.close()
  for (let start = 0; start < ENTRIES; start += CREATED_AT_ONCE) {
    const names = ENTRY_NAMES.slice(start, start + CREATED_AT_ONCE)
    await Promise.all(names.map(name => writeFile(path.join(root, FILES.many, name), '')))
  }
}
