/** Starts NSD and Knot DNS on the loopback interface, each with a folder of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { type Cleanup, emptyFolder } from '../helpers/cli.ts'
import type { Tool } from './tools.ts'

/** A daemon that takes longer to stop is killed. */
const MAX_STOP_MS = 5000
/** How often, and how long, `until` checks its condition. */
const POLL_INTERVAL_MS = 50
const MAX_WAIT_MS = 50_000

/** Authoritative name servers that can serve a zone from a file or as a secondary. */
export const NAME_SERVERS = ['nsd', 'knotd'] as const satisfies readonly Tool[]

type NameServer = (typeof NAME_SERVERS)[number]

/** The parts of a configuration file that differ between tests. */
export interface Configuration {
  /** Additional lines of the section `server`, indented as the program requires. */
  readonly server?: string
  /** The sections after `server`. */
  readonly sections: string
}

interface Program {
  readonly args: (file: string) => string[]
  readonly config: (folder: string, port: number, configuration: Configuration) => string
}

const PROGRAMS: Readonly<Record<NameServer, Program>> = {
  nsd: {
    args: file => ['-d', '-c', file],
    config: (folder, port, { server = '', sections }) => `
server:
  ip-address: 127.0.0.1@${port}
  server-count: 1
  chroot: ""
  username: ""
  database: ""
  zonesdir: "${folder}"
  pidfile: "${folder}/nsd.pid"
  xfrdir: "${folder}"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
${server}
remote-control:
  control-enable: no
${sections}`,
  },
  knotd: {
    args: file => ['-c', file],
    config: (folder, port, { server = '', sections }) => `
server:
    rundir: "${folder}"
    listen: 127.0.0.1@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
${server}
database:
    storage: "${folder}"
    journal-db-max-size: 16M
    kasp-db-max-size: 16M
    timer-db-max-size: 16M
log:
  - target: stderr
    any: info
${sections}`,
  },
}

/**
 * Starts a name server that stops at the end of the running test. It may not respond yet.
 *
 * @param folder for its zones and its state
 */
export async function startNameServer(
  tool: NameServer,
  { folder, port }: { readonly folder: string; readonly port: number },
  configuration: Configuration,
): Promise<{ output(): string }> {
  const { args, config } = PROGRAMS[tool]
  const file = path.join(folder, `${tool}.conf`)
  await writeFile(file, config(folder, port, configuration))
  return startDaemon(tool, args(file), folder)
}

/** The primary of a secondary. */
export interface Primary {
  readonly port: number
  readonly zone: string
  readonly key: { readonly name: string; readonly secret: string }
}

const SECONDARIES: Readonly<Record<NameServer, (folder: string, primary: Primary) => string>> = {
  nsd: (_folder, { port, zone, key }) => `
key:
  name: "${key.name}"
  algorithm: hmac-sha256
  secret: "${key.secret}"
zone:
  name: "${zone}"
  zonefile: "${zone}.zone"
  request-xfr: 127.0.0.1@${port} ${key.name}
  allow-notify: 127.0.0.1 ${key.name}
`,
  knotd: (folder, { port, zone, key }) => `
key:
  - id: ${key.name}
    algorithm: hmac-sha256
    secret: ${key.secret}
remote:
  - id: primary
    address: 127.0.0.1@${port}
    key: ${key.name}
acl:
  - id: primary
    address: 127.0.0.1
    key: ${key.name}
    action: notify
zone:
  - domain: ${zone}
    storage: "${folder}"
    master: primary
    acl: primary
`,
}

/** Starts a secondary that stops at the end of the running test. It may not respond yet. */
export async function startSecondary(tool: NameServer, port: number, primary: Primary): Promise<{ output(): string }> {
  const folder = await emptyFolder()
  return startNameServer(tool, { folder, port }, { sections: SECONDARIES[tool](folder, primary) })
}

/** Starts a daemon that stops at the end of the running test, or when the given cleanup runs. `output` returns what it has printed. */
export function startDaemon(
  tool: Tool,
  args: readonly string[],
  cwd: string,
  cleanup: Cleanup = onTestFinished,
): { output(): string } {
  const child = spawn(tool, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = once(child, 'exit')
  cleanup(async () => {
    const killer = setTimeout(() => child.kill('SIGKILL'), MAX_STOP_MS)
    child.kill('SIGTERM')
    await exit
    clearTimeout(killer)
  })
  const output: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', bytes => output.push(bytes))
  return { output: () => Buffer.concat(output).toString('utf8') }
}

/**
 * Resolves when the condition is true.
 *
 * @param details returns text for the error
 * @throws Error if the condition is not true within the timeout, in milliseconds
 */
export async function until(
  condition: () => Promise<boolean>,
  details: () => string,
  timeout = MAX_WAIT_MS,
): Promise<void> {
  const deadline = performance.now() + timeout
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`condition not true within ${timeout} ms: ${details()}`)
    await delay(POLL_INTERVAL_MS)
  }
}
