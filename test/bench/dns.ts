/**
 * `npm run bench:dns`: measures queries per second over UDP with dnsperf, for the package that `npm run build` built,
 * and beside it dnsmasq, NSD with one process, the npm package dns2, and a node:dgram echo as the floor.
 *
 * Data sets: 10 zones of 10 records, and one zone of 1,000,000 records, which gets the same 10,000 queries repeatedly
 * and then names not queried before. All servers have the same records and get the same queries, in alternating rounds.
 * The bench prints medians and ratios, CPU time per query, the 99th percentile of latencies at a steady 2,000 queries
 * per second, load time and memory, and the time that the most expensive hostile message takes. It runs for four
 * minutes.
 *
 * Options: --rounds N, --seconds N (of each run), --set ten|million (all by default), --only TEXT (servers whose name
 * contains it, and the floor), --dist DIR (another build), --output FILE (the JSON; in the temporary folder by
 * default).
 */
import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isInstalled } from '../interop/tools.ts'
import { DNS2, DNSMASQ, FLOOR, fourwire, NSD } from './dns/contestants.ts'
import { MILLION, TEN_ZONES } from './dns/data-sets.ts'
import { measureHostile } from './dns/hostile.ts'
import { measure, type Row } from './dns/measure.ts'
import { report } from './dns/report.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '2' },
    set: { type: 'string', multiple: true },
    only: { type: 'string', default: '' },
    dist: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
    output: { type: 'string', default: path.join(os.tmpdir(), 'fourwire-bench-dns.json') },
  },
})

if (!isInstalled('dnsperf')) throw new Error('bench:dns needs dnsperf: npm run tools')
const settings = { rounds: Number(values.rounds), seconds: Number(values.seconds) }
const contestants = [FLOOR, fourwire(values.dist), DNSMASQ, NSD, DNS2].filter(
  contestant => contestant === FLOOR || contestant.name.includes(values.only),
)
const sets = [TEN_ZONES, MILLION].filter(({ name }) => !values.set || values.set.includes(name))

const results: Record<string, readonly Row[]> = {}
for (const set of sets) {
  for (const { queryMix, rows } of await measure(set, contestants, settings)) {
    results[queryMix.name] = rows
    process.stdout.write(report(set, queryMix, rows, FLOOR.name, DNSMASQ.name))
  }
}
const hostile = measureHostile()
const [worst] = hostile
if (worst)
  process.stdout.write(`\nmost expensive hostile message: ${worst.milliseconds.toFixed(2)} ms (${worst.title})\n`)
const machine = { cpu: os.cpus()[0]?.model, cores: os.cpus().length, node: process.version }
await writeFile(values.output, `${JSON.stringify({ machine, settings, results, hostile }, undefined, 2)}\n`)
process.stdout.write(`\nwritten: ${values.output}\n`)
