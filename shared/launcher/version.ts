/** This package's version, read from its own package.json, which stands above the sources and above `dist` alike. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

const CANDIDATES = ['../../package.json', '../../../package.json']

function readVersion(): string {
  const file = CANDIDATES.map(relative => fileURLToPath(new URL(relative, import.meta.url))).find(existsSync)
  if (file === undefined) throw new Error('the package has lost its package.json')
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version
}

export const VERSION = readVersion()
