/** What the bench requests. Every server has the same files. */
import { randomBytes } from 'node:crypto'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

export type WorkloadName = '1 KiB' | '100 KiB' | '10 MiB' | '304' | 'gzip' | 'JSON' | 'HTTPS' | 'HTTP/2'

export interface Workload {
  readonly summary: string
  readonly path: string
  readonly headers?: readonly string[]
  /** Sends the entity tag of the file in If-None-Match. */
  readonly isConditional?: true
  /** Default: HTTP/1.1 without TLS. */
  readonly transport?: 'https' | 'h2'
}

export const WORKLOADS: Readonly<Record<WorkloadName, Workload>> = {
  '1 KiB': { summary: 'a file of 1 KiB', path: '/1k.txt' },
  '100 KiB': { summary: 'a file of 100 KiB', path: '/100k.bin' },
  '10 MiB': { summary: 'a file of 10 MiB', path: '/10m.bin' },
  '304': { summary: 'a file that the client has', path: '/1k.txt', isConditional: true },
  gzip: {
    summary: 'a style sheet of 20 KiB with Accept-Encoding: gzip',
    path: '/style.css',
    headers: ['Accept-Encoding: gzip'],
  },
  JSON: { summary: 'a small JSON response', path: '/healthz' },
  HTTPS: { summary: 'a file of 1 KiB over TLS', path: '/1k.txt', transport: 'https' },
  'HTTP/2': { summary: 'a file of 1 KiB over HTTP/2, 10 streams a connection', path: '/1k.txt', transport: 'h2' },
}

export const JSON_BODY = '{\n  "status": "ok"\n}\n'

/** The content of every file by its path. */
export function createFiles(): Readonly<Record<string, Buffer>> {
  const rule = '.notice > p { margin: 0 auto; padding: 1rem 2rem; color: #123; background: #fff }\n'
  return {
    '/1k.txt': Buffer.alloc(1024, 'abcdefghijklmno\n'),
    '/100k.bin': randomBytes(100 * 1024),
    '/10m.bin': randomBytes(10 * 1024 * 1024),
    '/style.css': Buffer.from(rule.repeat(256)),
  }
}

/** Writes the files, as old as files of a web site are: a server may not cache one that was just written. */
export async function writeFiles(folder: string, files: Readonly<Record<string, Buffer>>): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name)
    await writeFile(file, content)
    await utimes(file, HOUR_AGO(), HOUR_AGO())
    // nginx sends it with gzip_static, without a thread of its own.
    if (name.endsWith('.css')) await writeFile(`${file}.gz`, gzipSync(content))
  }
}

const HOUR_AGO = () => new Date(Date.now() - 3_600_000)
