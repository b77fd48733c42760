/**
 * `npm run bench:trace`: measures what the trace costs in HTTP, DNS, SMTP and FTP, for the package that `npm run build` built:
 * the speed with a listener, relative to that without. One listener only counts events; another reads the summary and the
 * bytes of each. The command with `--json`, which writes them to a file, is compared with the command with `--quiet`.
 *
 * The variants run in processes of their own and take turns in alternating rounds, after three rounds that are not counted.
 * Speeds, CPU times and ratios are medians. The bench runs for seven minutes.
 *
 * Options: --rounds N, --seconds N (of each run, about), --only PROTOCOL, --dist DIR (another build), --json FILE (writes the
 * figures).
 */
import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isInstalled } from '../interop/tools.ts'
import { LOADS } from './trace/loads.ts'
import { measureProtocol } from './trace/measure.ts'
import { report, type TracedResult } from './trace/report.ts'
import { type BenchProtocol, variants } from './trace/variants.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string' },
    dist: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
    json: { type: 'string' },
  },
})

for (const tool of ['wrk', 'dnsperf', 'smtp-source'] as const) {
  if (!isInstalled(tool)) throw new Error(`bench:trace needs ${tool}: npm run tools`)
}
const settings = { rounds: Number(values.rounds), seconds: Number(values.seconds) }
const all = Object.keys(LOADS) as BenchProtocol[]
const protocols = all.filter(protocol => values.only === undefined || protocol === values.only)
if (protocols.length === 0) throw new Error(`--only ${values.only}: unknown protocol. Use one of ${all.join(', ')}`)

const results: Partial<Record<BenchProtocol, readonly TracedResult[]>> = {}
for (const protocol of protocols) {
  const measured = await measureProtocol(protocol, variants(path.resolve(values.dist)), settings)
  results[protocol] = measured
  process.stdout.write(report(LOADS[protocol].summary, measured))
}
const machine = { cpu: os.cpus()[0]?.model, cores: os.cpus().length, node: process.version }
if (values.json) await writeFile(values.json, `${JSON.stringify({ machine, settings, results }, undefined, 2)}\n`)
