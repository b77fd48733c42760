/**
 * `npm run bench:ftp`: measures the FTP server, untraced and with a listener that counts events, for the package that
 * `npm run build` built: large files in both directions, with TLS too, small files, many sessions, long listings, and the memory
 * of idle sessions. Beside it Debian's vsftpd, pyftpdlib, the npm package ftp-srv as it is, and as the floor a bare node:net
 * with two buffers. All serve the same folder from the page cache. Fourwire calls fsync on every upload and the others never;
 * for the workloads named `durable` the bench calls it for them, within the measured time.
 *
 * The servers run one at a time, each in a new process, and take turns in alternating rounds, after a warm-up; figures are
 * medians, and ratios are medians of the ratios within each round. `ftp/client.c` loads them, curl over TLS.
 *
 * Options: --rounds N, --seconds N (of each run), --size MIB (of the large file), --sessions N (idle ones), --only WORKLOAD (or
 * `idle`; several with commas), --servers TEXT (those whose name contains it, and the floor), --quick (one short round), --dist DIR
 * (another build), --json FILE (writes the figures).
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { errorText } from '../../shared/errors.ts'
import { isInstalled } from '../interop/tools.ts'
import { contestants, FLOOR } from './ftp/contestants.ts'
import { measureIdle } from './ftp/idle.ts'
import { measureWorkload } from './ftp/measure.ts'
import { type Measured, type MeasuredIdle, reportIdle, reportWorkload } from './ftp/report.ts'
import { createSite, type Site } from './ftp/site.ts'
import { WORKLOADS, type WorkloadName } from './ftp/workloads.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    size: { type: 'string' },
    sessions: { type: 'string' },
    only: { type: 'string' },
    servers: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    dist: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
    json: { type: 'string' },
  },
})
const defaults = values.quick
  ? { rounds: 1, seconds: 0.5, size: 64, sessions: 200 }
  : { rounds: 5, seconds: 2, size: 512, sessions: 2000 }
const settings = {
  rounds: Number(values.rounds ?? defaults.rounds),
  seconds: Number(values.seconds ?? defaults.seconds),
  sizeMiB: Number(values.size ?? defaults.size),
  sessions: Number(values.sessions ?? defaults.sessions),
}
const IDLE = 'idle'

for (const tool of ['cc', 'curl', 'openssl'] as const) {
  if (!isInstalled(tool)) throw new Error(`bench:ftp needs ${tool}: npm run tools`)
}
const names = Object.keys(WORKLOADS) as WorkloadName[]
const only = values.only?.split(',') ?? [...names, IDLE]
const unknown = only.find(name => ![...names, IDLE].includes(name))
if (unknown !== undefined) {
  throw new Error(`--only ${unknown}: unknown workload. Use one of ${[...names, IDLE].join(', ')}`)
}
const chosen = contestants(values.dist).filter(({ name }) => name === FLOOR || name.includes(values.servers))

const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-bench-'))
try {
  const site = await createSite(folder, settings.sizeMiB * 1024 ** 2)
  const results: Record<string, readonly Measured[]> = {}
  for (const name of names.filter(workload => only.includes(workload))) {
    results[name] = await measureWorkload(name, chosen, site, settings)
    process.stdout.write(reportWorkload(`${name}: ${WORKLOADS[name].summary}`, WORKLOADS[name].unit, results[name]))
  }
  const idle = only.includes(IDLE) ? await measureAllIdle(site) : undefined
  if (idle) process.stdout.write(reportIdle(settings.sessions, idle))
  const machine = { cpu: os.cpus()[0]?.model, cores: os.cpus().length, node: process.version }
  const figures = { machine, settings, results, idle }
  if (values.json) await writeFile(values.json, `${JSON.stringify(figures, undefined, 2)}\n`)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measureAllIdle(site: Site): Promise<MeasuredIdle[]> {
  const measured: MeasuredIdle[] = []
  for (const contestant of chosen) {
    const { name } = contestant
    const result = await measureIdle(contestant, site, settings.sessions).then(
      idle => ({ name, idle }),
      (error: unknown) => ({ name, missing: errorText(error) }),
    )
    measured.push(result)
  }
  return measured
}
