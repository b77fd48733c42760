import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { freePort } from '../../helpers/free-port.ts'
import { requireTool } from '../../interop/tools.ts'
import { BARE, contestants, DURABLE, FLOOR } from './contestants.ts'
import { measureEventLoop } from './event-loop.ts'
import { measureMemory } from './memory.ts'
import { reportEventLoop, reportMemory, reportSpeeds } from './report.ts'
import { sendMessages, smtpSourceArguments } from './smtp-source.ts'
import { measureSpeeds, messagesFor, type Speed } from './speed.ts'
import { waitForGreeting } from './wait-for-greeting.ts'

const DIST = fileURLToPath(new URL('../../../dist', import.meta.url))

function contestant(name: string) {
  const found = contestants(DIST).find(entry => entry.name === name)
  if (!found) throw new Error(`no contestant ${name}`)
  return found
}

async function emptyFolder(onFinished: (remove: () => Promise<void>) => void): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-bench-test-'))
  onFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('only kept sessions have -d', () => {
  expect(smtpSourceArguments(25, 'kept', 10)[0]).toBe('-d')
  expect(smtpSourceArguments(25, 'new', 10)).not.toContain('-d')
})

test.each([
  { speed: 1000, seconds: 2, count: 2000 },
  { speed: 0.1, seconds: 2, count: 10 },
  { speed: 1e9, seconds: 2, count: 40_000 },
])('$speed messages per second for $seconds s are $count messages', ({ speed, seconds, count }) => {
  expect(messagesFor(speed, seconds)).toBe(count)
})

test('ratios are to the floor and to smtp-server; a missing server has its reason', () => {
  const speeds: Speed[] = [
    { name: FLOOR, speed: 20_000, speeds: [20_000], cpu: 30 },
    { name: BARE, speed: 8000, speeds: [8000], cpu: 90 },
    { name: DURABLE, speed: 4000, speeds: [4000], cpu: 150.4 },
    { name: 'maildev', speed: Number.NaN, speeds: [], cpu: Number.NaN, missing: 'spawn maildev ENOENT' },
  ]
  expect(reportSpeeds('sessions kept', speeds, FLOOR, BARE)).toBe(`
sessions kept
server                 messages/s  x floor  x smtp-server  cpu us
smtp-sink (floor)           20000     1.00           2.50      30
smtp-server, discards        8000     0.40           1.00      90
fourwire, SQLite             4000     0.20           0.50     150
maildev                         -        -              -       -
maildev: not measured: spawn maildev ENOENT
`)
})

test('latencies and memory are printed with their units', () => {
  const alone = { p99: 0.5, longest: 2 }
  expect(reportEventLoop({ alone, withMail: { p99: 3.333, longest: 12.34 } })).toContain('3.33        12.3')
  expect(reportMemory({ atRest: 50e6, perSession: 12_345, largeMessage: 60e6 })).toBe(
    '\nmemory: 50 MB at rest, 12.3 kB for each idle session, 60 MB more while a message of 10 MiB arrives\n',
  )
})

test('waiting for a greeting ends when the server greets, and not before', async ({ onTestFinished }) => {
  const port = await freePort()
  const aborted = AbortSignal.abort()
  await expect(waitForGreeting(port, aborted)).rejects.toThrow('no greeting')
  const server = createServer(socket => socket.end('220 hello\r\n')).listen(port, '127.0.0.1')
  onTestFinished(() => void server.close())
  await waitForGreeting(port, new AbortController().signal)
})

test('a server that refuses a message is an error, not a figure', async context => {
  requireTool('smtp-source', context)
  const refuse = (socket: Socket) => void socket.on('error', () => undefined).end('554 no\r\n')
  const server = createServer(refuse).listen(0, '127.0.0.1')
  context.onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await expect(sendMessages(port, 'kept', 1)).rejects.toThrow('554')
})

test.for(['kept', 'new'] as const)(
  'smtp-server, and fourwire with durable storing, are measured: %s',
  async (mode, context) => {
    requireTool('smtp-source', context)
    const speeds = await measureSpeeds([contestant(BARE), contestant(DURABLE)], mode, { rounds: 1, seconds: 0.1 })
    for (const { speed, cpu, missing } of speeds) {
      expect(missing).toBeUndefined()
      expect(speed).toBeGreaterThan(0)
      // The system counts ticks of 10 ms, and few messages take less.
      expect(cpu).toBeGreaterThanOrEqual(0)
    }
  },
)

test('DNS latencies are measured while mail arrives', async context => {
  requireTool('smtp-source', context)
  requireTool('dnsperf', context)
  const folder = await emptyFolder(context.onTestFinished)
  const { alone, withMail } = await measureEventLoop(DIST, folder, 1)
  for (const { p99, longest } of [alone, withMail]) {
    expect(p99).toBeGreaterThan(0)
    expect(longest).toBeGreaterThanOrEqual(p99)
  }
})

test('the memory of sessions and of a large message is measured', async context => {
  const folder = await emptyFolder(context.onTestFinished)
  const { atRest, largeMessage } = await measureMemory(contestant(DURABLE), folder)
  expect(atRest).toBeGreaterThan(1e6)
  expect(largeMessage).toBeGreaterThan(1e6)
})
