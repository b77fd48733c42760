/** `npm run tools`: installs the programs that the interoperability tests run (Debian, as root). */
import { spawnSync } from 'node:child_process'
import { isInstalled, TOOLS, type Tool } from './tools.ts'

const missing = (Object.keys(TOOLS) as Tool[]).filter(tool => !isInstalled(tool))
const packages = [...new Set(missing.map(tool => TOOLS[tool]))]

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function apt(...args: string[]): void {
  print(`+ apt-get ${args.join(' ')}`)
  const { status, error } = spawnSync('apt-get', args, {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status === 0) return
  const reason = error ? error.message : `apt-get ended with ${status}`
  process.stderr.write(
    `npm run tools: ${reason}. Install these packages by hand, or run it as root on Debian or a derivative:\n  ${packages.join(' ')}\n`,
  )
  process.exit(1)
}

if (packages.length === 0) {
  print(`Already installed: ${Object.keys(TOOLS).join(', ')}.`)
} else {
  print(`Missing: ${missing.join(', ')}. Installing with apt-get: ${packages.join(', ')}.`)
  apt('update', '-qq')
  apt('install', '-y', '-qq', '--no-install-recommends', ...packages)
}
