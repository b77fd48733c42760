/**
 * `npm run bench:start`: measures the time from `fourwire start` to its banner, the time of the first `startSuite()` in
 * a process, the time of `fourwire http` beside curl, and the memory at rest, of the package that `npm run build` built. The floor is Node without our code.
 * Times are medians over alternating rounds; `--json FILE` writes them.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { alternateRounds, type Contestant, median, table } from './rounds.ts'

const ROUNDS = 11
const DIST = fileURLToPath(new URL('../../dist/shared/launcher/', import.meta.url))
const FREE_PORTS = ['hello', 'http', 'ftp', 'smtp', 'dns'].flatMap(name => [`--${name}-port`, '0'])

const memories: number[] = []

function node(args: readonly string[], cwd: string): ChildProcess {
  return spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('standard output is piped')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return line
}

/** Node that prints one line: no program of ours can start faster. */
const floor = (cwd: string): Contestant => ({
  name: 'node, printing a line (floor)',
  run: async () => {
    const startedAt = performance.now()
    const child = node(['-e', 'console.log(1)'], cwd)
    await firstLine(child)
    const took = performance.now() - startedAt
    await once(child, 'exit')
    return took
  },
})

const startToBanner = (cwd: string): Contestant => ({
  name: 'fourwire start, to its banner',
  run: async () => {
    const startedAt = performance.now()
    const child = node([path.join(DIST, 'main.js'), 'start', '--quiet', ...FREE_PORTS], cwd)
    await firstLine(child)
    const took = performance.now() - startedAt
    memories.push(await residentMegabytes(child.pid))
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
    return took
  },
})

/** Runs in a new process each round, so that the first start loads all modules; the second finds them loaded. */
const inProcess = (cwd: string, which: 'first' | 'second', services: readonly string[]): Contestant => ({
  name: `startSuite() in process, ${services.length === 0 ? 'all services' : services.join()}, ${which} time`,
  run: async () => {
    const script = `
      import { startSuite } from ${JSON.stringify(path.join(DIST, 'index.js'))}
      const times = {}
      for (const time of ['first', 'second']) {
        const startedAt = performance.now()
        const suite = await startSuite(${services.length === 0 ? '' : JSON.stringify({ services })})
        times[time] = performance.now() - startedAt
        await suite.close()
      }
      console.log(times[${JSON.stringify(which)}])`
    const child = node(['--input-type=module', '-e', script], cwd)
    const took = Number(await firstLine(child))
    if (child.exitCode === null) await once(child, 'exit')
    return took
  },
})

/** A whole command that requests 2 bytes from a server in this process. */
const request = (name: string, command: string, args: readonly string[], cwd: string): Contestant => ({
  name,
  run: async () => {
    const startedAt = performance.now()
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
    const [code] = await once(child, 'exit')
    if (code !== 0) throw new Error(`${command} exited with ${code}`)
    return performance.now() - startedAt
  },
})

async function residentMegabytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

const server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

const { values } = parseArgs({ options: { json: { type: 'string' } } })
const cwd = await mkdtemp(path.join(os.tmpdir(), 'fourwire-bench-'))
try {
  const results = await alternateRounds(
    [
      floor(cwd),
      startToBanner(cwd),
      inProcess(cwd, 'first', []),
      inProcess(cwd, 'first', ['dns']),
      inProcess(cwd, 'first', ['http']),
      inProcess(cwd, 'second', []),
      request('node -e 0', process.execPath, ['-e', '0'], cwd),
      request('fourwire http', process.execPath, [path.join(DIST, 'main.js'), 'http', url], cwd),
      request('curl', 'curl', ['-s', url], cwd),
    ],
    ROUNDS,
  )
  const base = results[0]?.median ?? Number.NaN
  const rows = results.map(({ name, median: figure }) => [name, figure.toFixed(0), (figure / base).toFixed(2)])
  process.stdout.write(table([['what', 'median ms', 'x floor'], ...rows]))
  process.stdout.write(`memory at rest: ${median(memories).toFixed(0)} MB (resident)\n`)
  if (values.json)
    await writeFile(values.json, JSON.stringify({ results, residentMegabytes: median(memories) }, undefined, 2))
} finally {
  server.close()
  await rm(cwd, { recursive: true, force: true })
}
