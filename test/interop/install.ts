/** `npm run tools`: installs the programs that the interoperability tests run (Debian, as root). */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { isInstalled, LIBRARIES, TOOLS, type Tool } from './tools.ts'

const missing = (Object.keys(TOOLS) as Tool[]).filter(tool => !isInstalled(tool))
const missingLibraries = Object.entries(LIBRARIES)
  .filter(([, [command, ...args]]) => spawnSync(command, args).status !== 0)
  .map(([name]) => name)
const packages = [...new Set([...missing.map(tool => TOOLS[tool]), ...missingLibraries])]

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

/** Debian starts no service that this file forbids: the tests start the programs themselves. */
const POLICY = '/usr/sbin/policy-rc.d'

/** Runs `install` without starting the daemons of the packages, such as a mail server on port 25. */
function withoutDaemons(install: () => void): void {
  if (!existsSync(POLICY)) {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
    process.once('exit', () => rmSync(POLICY))
  }
  install()
}

if (packages.length === 0) {
  print(`Already installed: ${Object.keys(TOOLS).join(', ')}.`)
} else {
  print(`Missing: ${[...missing, ...missingLibraries].join(', ')}. Installing with apt-get: ${packages.join(', ')}.`)
  apt('update', '-qq')
  withoutDaemons(() => apt('install', '-y', '-qq', '--no-install-recommends', ...packages))
}
