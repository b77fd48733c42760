/** Name servers of others that serve the zones they are given, each in a folder of its own. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Location } from '../../shared/service.ts'
import { emptyFolder } from '../helpers/cli.ts'
import { freePort } from '../helpers/free-port.ts'
import { startDaemon } from './daemons.ts'
import type { Tool } from './tools.ts'

export interface ZoneText {
  readonly origin: string
  readonly text: string
}

/** Whoever can serve them. */
export const PRIMARIES = ['nsd', 'knotd'] as const satisfies readonly Tool[]

interface Daemon {
  readonly args: (file: string) => string[]
  readonly config: (folder: string, port: number, origins: readonly string[]) => string
}

const DAEMONS: Readonly<Record<(typeof PRIMARIES)[number], Daemon>> = {
  nsd: {
    args: file => ['-d', '-c', file],
    config: (folder, port, origins) => `
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
  rrl-ratelimit: 0
remote-control:
  control-enable: no
${origins.map(origin => `zone:\n  name: "${origin}"\n  zonefile: "${origin}.zone"\n`).join('')}`,
  },
  knotd: {
    args: file => ['-c', file],
    config: (folder, port, origins) => `
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
template:
  - id: default
    storage: "${folder}"
    semantic-checks: off
    journal-content: none
zone:
${origins.map(origin => `  - domain: ${origin}\n    file: "${origin}.zone"\n`).join('')}`,
  },
}

/** Starts one that the running test owns; `said` is what it has printed. It may not answer yet. */
export async function startPrimary(
  tool: (typeof PRIMARIES)[number],
  zones: readonly ZoneText[],
): Promise<Location & { said(): string }> {
  const [folder, port] = await Promise.all([emptyFolder(), freePort()])
  for (const { origin, text } of zones) await writeFile(path.join(folder, `${origin}.zone`), text)
  const file = path.join(folder, `${tool}.conf`)
  const origins = zones.map(({ origin }) => origin)
  await writeFile(file, DAEMONS[tool].config(folder, port, origins))
  return { host: '127.0.0.1', port, ...startDaemon(tool, DAEMONS[tool].args(file), folder) }
}
