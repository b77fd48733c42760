/** This package's version, from its package.json, which is a parent of both the sources and `dist`. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

const CANDIDATES = ['../../package.json', '../../../package.json']

function readVersion(): string {
  const file = CANDIDATES.map(relative => fileURLToPath(new URL(relative, import.meta.url))).find(existsSync)
  if (file === undefined) throw new Error('cannot find package.json of fourwire')
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version
}

export const VERSION = readVersion()
