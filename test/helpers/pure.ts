/** Lists the source files, and the pure ones: their first comment has the word, or their whole folder is pure. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Every source file, relative to the project: `servers/dns/index.ts`. */
export const SOURCES: readonly string[] = ['servers', 'clients', 'shared'].flatMap(folder =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => path.posix.join(folder, name.split(path.sep).join('/'))),
)

const PURE_FOLDERS = ['shared/trace/dissectors/', 'shared/dns/']
/** Sends queries over sockets. */
const IMPURE_FOLDER = 'shared/dns/resolver/'

/** Sources that use no socket, no file and no clock. */
export const PURE_SOURCES: readonly string[] = SOURCES.filter(file => {
  const head = /^\/\*\*[\s\S]*?\*\//.exec(readFileSync(path.join(ROOT, file), 'utf8'))?.[0] ?? ''
  const inPureFolder = PURE_FOLDERS.some(folder => file.startsWith(folder)) && !file.startsWith(IMPURE_FOLDER)
  return inPureFolder || /\bpure\b/i.test(head)
})
