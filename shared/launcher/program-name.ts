/** The words that start this program, for commands that it prints. */
import path from 'node:path'
import type { Io } from './io.ts'

/**
 * Returns what to type before the arguments: `fourwire` if that is on the PATH, else `npx fourwire`, or the script as it was
 * started: `node dist/shared/launcher/main.js`, `npx tsx shared/launcher/main.ts`.
 */
export function programName({ script, env, cwd }: Pick<Io, 'script' | 'env' | 'cwd'>): string {
  if (script === undefined) return 'fourwire'
  // npm sets this for `npx fourwire`, `npm start` and `npm run`. It adds node_modules/.bin to PATH, so PATH proves nothing.
  if (env.npm_command !== undefined) return 'npx fourwire'
  const folder = path.dirname(script)
  if (path.parse(script).name === 'fourwire') {
    return (env.PATH ?? '').split(path.delimiter).includes(folder) ? 'fourwire' : 'npx fourwire'
  }
  const relative = path.relative(cwd, script)
  const shortest = relative.startsWith('..') ? script : relative
  return `${script.endsWith('.ts') ? 'npx tsx' : 'node'} ${quote(shortest)}`
}

function quote(word: string): string {
  return /^[\w./:\\@+-]+$/.test(word) ? word : JSON.stringify(word)
}
