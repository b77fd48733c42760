/** Builds the package before the first test, so that tests of the command line run what users run, as it is now. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export function setup(): void {
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))
  const node = (...args: string[]) => execFileSync(process.execPath, args, { cwd, stdio: 'inherit' })
  node(tsc, '-p', 'tsconfig.build.json')
  node('dist/shared/launcher/main.js', 'schema', '--output', 'dist/fourwire.schema.json')
}
