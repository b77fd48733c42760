/** Starts Fourwire, its peers and the floor, each with the same zones in a separate folder. */

import { mkdir, open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../helpers/free-port.ts'
import { isInstalled } from '../../interop/tools.ts'
import { type RunningServer, startServer } from '../server-process.ts'
import { type DataSet, hostsFile, masterFile, TTL } from './data-sets.ts'
import { waitForAnswer } from './wait-for-answer.ts'

export interface Contestant {
  readonly name: string
  /** Starts the server in an empty folder. Rejects if the server is not installed. */
  start(set: DataSet, folder: string): Promise<RunningServer>
}

/** Runs a script of this folder with the Node that runs the bench. */
async function startScript(script: URL, args: readonly string[] = []): Promise<RunningServer> {
  const port = await freePort()
  return startServer(process.execPath, ['--import', 'tsx', fileURLToPath(script), String(port), ...args], {
    port,
    waitForAnswer,
  })
}

export const FLOOR: Contestant = {
  name: 'node:dgram echo (floor)',
  start: () => startScript(new URL('./floor.ts', import.meta.url)),
}

/** The built package as a user starts it: zone files in a data folder, no trace. */
export function fourwire(dist: string): Contestant {
  return {
    name: 'fourwire',
    async start(set, folder) {
      const port = await freePort()
      await writeZoneFiles(set, path.join(folder, 'zones'))
      const main = path.join(dist, 'shared/launcher/main.js')
      const flags = ['--quiet', '--data', folder, '--dns-port', String(port), '--no-dns-publish']
      return startServer(process.execPath, [main, 'start', 'dns', ...flags], { port, waitForAnswer })
    },
  }
}

export const DNSMASQ: Contestant = {
  name: 'dnsmasq',
  async start(set, folder) {
    const port = await freePort()
    const config = path.join(folder, 'dnsmasq.conf')
    const hosts = path.join(folder, 'hosts')
    for (const origin of set.origins) await writePieces(hosts, hostsFile(origin, set.recordsPerZone))
    await writeFile(config, dnsmasqConfig(set, port, hosts))
    return startTool('dnsmasq', ['--keep-in-foreground', '-C', config, '--user=', '--pid-file='], port)
  },
}

/** Authoritative for the zones only; dnsmasq creates the SOA and NS records. */
function dnsmasqConfig({ origins }: DataSet, port: number, hosts: string): string {
  return [
    `port=${port}`,
    'listen-address=127.0.0.1',
    'bind-interfaces',
    'no-resolv',
    'no-poll',
    'no-hosts',
    `addn-hosts=${hosts}`,
    `auth-server=ns.${origins[0]},127.0.0.1`,
    `auth-ttl=${TTL}`,
    ...origins.flatMap(origin => [`auth-zone=${origin}`, `mx-host=${origin},mail.${origin},10`]),
    '',
  ].join('\n')
}

export const NSD: Contestant = {
  name: 'NSD',
  async start(set, folder) {
    const port = await freePort()
    const config = path.join(folder, 'nsd.conf')
    await writeZoneFiles(set, folder)
    await writeFile(config, nsdConfig(set, port, folder))
    return startTool('nsd', ['-d', '-c', config], port)
  },
}

/** One server process, as Fourwire has one, and no response rate limit. */
function nsdConfig({ origins }: DataSet, port: number, folder: string): string {
  return [
    'server:',
    '  ip-address: 127.0.0.1',
    `  port: ${port}`,
    '  username: ""',
    '  chroot: ""',
    `  zonesdir: "${folder}"`,
    '  database: ""',
    '  pidfile: ""',
    `  zonelistfile: "${folder}/zone.list"`,
    `  xfrdfile: "${folder}/xfrd.state"`,
    `  xfrdir: "${folder}"`,
    '  server-count: 1',
    '  rrl-ratelimit: 0',
    'remote-control:',
    '  control-enable: no',
    ...origins.flatMap(origin => ['zone:', `  name: ${origin}`, `  zonefile: ${origin}.zone`]),
    '',
  ].join('\n')
}

export const DNS2: Contestant = {
  name: 'dns2 (npm)',
  start: ({ origins, recordsPerZone }) =>
    startScript(
      new URL('./dns2-server.ts', import.meta.url),
      origins.map(origin => `${origin}=${recordsPerZone}`),
    ),
}

async function startTool(tool: 'dnsmasq' | 'nsd', args: readonly string[], port: number): Promise<RunningServer> {
  if (!isInstalled(tool)) throw new Error('not installed: npm run tools')
  return startServer(tool, args, { port, waitForAnswer })
}

async function writeZoneFiles({ origins, recordsPerZone }: DataSet, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const origin of origins) {
    await writePieces(path.join(folder, `${origin}.zone`), masterFile(origin, recordsPerZone))
  }
}

/** Appends the pieces to the file. */
async function writePieces(name: string, pieces: Iterable<string>): Promise<void> {
  const handle = await open(name, 'a')
  try {
    for (const piece of pieces) await handle.write(piece)
  } finally {
    await handle.close()
  }
}
