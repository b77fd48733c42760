/** Name servers of others, as secondaries of ours: each in a folder of its own, on a free port of the loopback. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { emptyFolder } from '../helpers/cli.ts'
import type { Tool } from './tools.ts'

/** How long a daemon may take to end by itself. */
const MAX_STOP_MS = 5000
/** How often a condition is looked at, and for how long. */
const PROBE_MS = 50
const MAX_WAIT_MS = 20_000

/** What a secondary is told of its primary. */
export interface Primary {
  readonly port: number
  readonly zone: string
  readonly key: { readonly name: string; readonly secret: string }
}

/** Whoever can be our secondary. */
export const SECONDARIES = ['nsd', 'knotd'] as const satisfies readonly Tool[]

interface Daemon {
  readonly args: (file: string) => string[]
  readonly config: (folder: string, port: number, primary: Primary) => string
}

const DAEMONS: Readonly<Record<(typeof SECONDARIES)[number], Daemon>> = {
  nsd: {
    args: file => ['-d', '-c', file],
    config: (folder, port, { port: from, zone, key }) => `
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
remote-control:
  control-enable: no
key:
  name: "${key.name}"
  algorithm: hmac-sha256
  secret: "${key.secret}"
zone:
  name: "${zone}"
  zonefile: "${zone}.zone"
  request-xfr: 127.0.0.1@${from} ${key.name}
  allow-notify: 127.0.0.1 ${key.name}
`,
  },
  knotd: {
    args: file => ['-c', file],
    config: (folder, port, { port: from, zone, key }) => `
server:
    rundir: "${folder}"
    listen: 127.0.0.1@${port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "${folder}"
    journal-db-max-size: 16M
    kasp-db-max-size: 16M
    timer-db-max-size: 16M
log:
  - target: stderr
    any: info
key:
  - id: ${key.name}
    algorithm: hmac-sha256
    secret: ${key.secret}
remote:
  - id: primary
    address: 127.0.0.1@${from}
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
  },
}

/** Starts a secondary that the running test owns; `said` is what it has printed. It may not answer yet. */
export async function startSecondary(
  tool: (typeof SECONDARIES)[number],
  port: number,
  primary: Primary,
): Promise<{ said(): string }> {
  const folder = await emptyFolder()
  const file = path.join(folder, `${tool}.conf`)
  await writeFile(file, DAEMONS[tool].config(folder, port, primary))
  return startDaemon(tool, DAEMONS[tool].args(file), folder)
}

/** Starts a daemon that the running test owns, in a folder; `said` is what it has printed. It may not answer yet. */
export function startDaemon(tool: Tool, args: readonly string[], cwd: string): { said(): string } {
  const child = spawn(tool, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const exit = once(child, 'exit')
  onTestFinished(async () => {
    const killer = setTimeout(() => child.kill('SIGKILL'), MAX_STOP_MS)
    child.kill('SIGTERM')
    await exit
    clearTimeout(killer)
  })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', bytes => said.push(bytes))
  return { said: () => Buffer.concat(said).toString('utf8') }
}

/** Resolves once the condition holds; fails, with what `why` says, where it does not in good time. */
export async function until(condition: () => Promise<boolean>, why: () => string): Promise<void> {
  const deadline = performance.now() + MAX_WAIT_MS
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`it did not happen in ${MAX_WAIT_MS} ms: ${why()}`)
    await delay(PROBE_MS)
  }
}
