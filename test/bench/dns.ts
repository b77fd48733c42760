/**
 * `npm run bench:dns`: queries a second, by dnsperf over UDP, of what `npm run build` built, beside dnsmasq, NSD with one
 * process, the npm package dns2, and a bare node:dgram echo as the floor: with 10 zones of 10 records, and with a zone of
 * 1,000,000, which is asked the same 10,000 queries over and over, and then names that nobody asked for before. All have the same records and get the same queries, in alternating rounds. Medians and their ratios are
 * printed, the processor time of a query, the 99th percentile of latencies at a steady 2,000 queries a second, the time to
 * load, and the memory; then how long the dearest message takes of those that are made to cost much. It takes four minutes.
 *
 * Options: --rounds N, --seconds N (of each run), --set ten|million (all by default), --only TEXT (servers whose name has
 * it; the floor is always there), --dist DIR (another build), --output FILE (the JSON; in the temporary folder by default).
 */
import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isInstalled } from '../interop/tools.ts'
import { DNS2, DNSMASQ, FLOOR, NSD, ours } from './dns/contestants.ts'
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
const contestants = [FLOOR, ours(values.dist), DNSMASQ, NSD, DNS2].filter(
  contestant => contestant === FLOOR || contestant.name.includes(values.only),
)
const sets = [TEN_ZONES, MILLION].filter(({ name }) => !values.set || values.set.includes(name))

const results: Record<string, readonly Row[]> = {}
for (const set of sets) {
  for (const { asking, rows } of await measure(set, contestants, settings)) {
    results[asking.name] = rows
    process.stdout.write(report(set, asking, rows, FLOOR.name, DNSMASQ.name))
  }
}
const hostile = measureHostile()
const [worst] = hostile
if (worst)
  process.stdout.write(`\nthe dearest of hostile messages: ${worst.milliseconds.toFixed(2)} ms (${worst.title})\n`)
const machine = { cpu: os.cpus()[0]?.model, cores: os.cpus().length, node: process.version }
await writeFile(values.output, `${JSON.stringify({ machine, settings, results, hostile }, undefined, 2)}\n`)
process.stdout.write(`\nwritten: ${values.output}\n`)
