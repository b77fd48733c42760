/**
 * `npm run bench:smtp`: measures messages per second with Postfix's smtp-source (2 KiB messages, 10 sessions), for the
 * package that `npm run build` built, and beside it the npm packages smtp-server and maildev, Python's aiosmtpd, and
 * smtp-sink as the floor. Then the latency of DNS in the same suite while mail arrives, and the memory of sessions.
 *
 * The servers take turns in alternating rounds, each time in a new process; figures are medians. The bench runs for about
 * eight minutes. maildev is measured if it is installed: `npm install --global maildev@2.1.0` (185 packages; its newer
 * versions need Node 22).
 *
 * Options: --rounds N, --seconds N (of each run, about), --only TEXT (servers whose name contains it, and the floor),
 * --dist DIR (another build), --json FILE (writes the figures).
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isInstalled } from '../interop/tools.ts'
import { BARE, contestants, DURABLE, FLOOR } from './smtp/contestants.ts'
import { measureEventLoop } from './smtp/event-loop.ts'
import { measureMemory } from './smtp/memory.ts'
import { reportEventLoop, reportMemory, reportSpeeds } from './smtp/report.ts'
import { measureSpeeds, type Speed } from './smtp/speed.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    dist: { type: 'string', default: fileURLToPath(new URL('../../dist', import.meta.url)) },
    json: { type: 'string' },
  },
})

const HEADINGS = { kept: 'sessions kept', new: 'a connection for each message' } as const

for (const tool of ['smtp-source', 'dnsperf'] as const) {
  if (!isInstalled(tool)) throw new Error(`bench:smtp needs ${tool}: npm run tools`)
}
const settings = { rounds: Number(values.rounds), seconds: Number(values.seconds) }
const all = contestants(values.dist)
const chosen = all.filter(({ name }) => name === FLOOR || name.includes(values.only))

const speeds: Record<string, readonly Speed[]> = {}
for (const mode of ['kept', 'new'] as const) {
  speeds[mode] = await measureSpeeds(chosen, mode, settings)
  process.stdout.write(reportSpeeds(HEADINGS[mode], speeds[mode], FLOOR, BARE))
}

const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-bench-'))
try {
  const [loopFolder, memoryFolder] = [path.join(folder, 'loop'), path.join(folder, 'memory')]
  await Promise.all([mkdir(loopFolder), mkdir(memoryFolder)])
  const eventLoop = await measureEventLoop(values.dist, loopFolder, settings.seconds)
  process.stdout.write(reportEventLoop(eventLoop))
  const durable = all.find(({ name }) => name === DURABLE)
  const memory = durable && (await measureMemory(durable, memoryFolder))
  if (memory) process.stdout.write(reportMemory(memory))
  const machine = { cpu: os.cpus()[0]?.model, cores: os.cpus().length, node: process.version }
  const figures = { machine, settings, speeds, eventLoop, memory }
  if (values.json) await writeFile(values.json, `${JSON.stringify(figures, undefined, 2)}\n`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
