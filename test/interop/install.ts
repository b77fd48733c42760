/** `npm run tools`: installs the programs that the interoperability tests drive, on Debian, as root. */
import { spawnSync } from 'node:child_process'
import { isInstalled, TOOLS, type Tool } from './tools.ts'

const missing = (Object.keys(TOOLS) as Tool[]).filter(tool => !isInstalled(tool))
const packages = [...new Set(missing.map(tool => TOOLS[tool]))]

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function apt(...args: string[]): void {
  say(`+ apt-get ${args.join(' ')}`)
  const { status, error } = spawnSync('apt-get', args, {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status === 0) return
  const why = error ? error.message : `apt-get ended with ${status}`
  process.stderr.write(
    `npm run tools: ${why}. It needs Debian (or a child of it) and root; the packages are:\n  ${packages.join(' ')}\n`,
  )
  process.exit(1)
}

if (packages.length === 0) {
  say(`All there: ${Object.keys(TOOLS).join(', ')}.`)
} else {
  say(`Missing: ${missing.join(', ')}. Installing with apt-get: ${packages.join(', ')}.`)
  apt('update', '-qq')
  apt('install', '-y', '-qq', '--no-install-recommends', ...packages)
}
