import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { measureStops, repeat } from './measure.ts'
import { Prober } from './probe.ts'
import { describeTooLong, report } from './report.ts'
import { findTooLong, stopOf, summarize } from './stop.ts'

const DIST = fileURLToPath(new URL('../../dist', import.meta.url))

/** A server that answers every datagram, and stops its event loop when it gets the word `stop`. It prints its port. */
const STOPPING_SERVER = `
  const socket = require('node:dgram').createSocket('udp4')
  socket.on('message', (bytes, { port, address }) => {
    if (String(bytes) === 'stop') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000)
    socket.send(bytes, port, address)
  })
  socket.bind(0, '127.0.0.1', () => console.log(socket.address().port))`

test('the time in which a process waits for a core is no stop of the event loop', () => {
  expect(stopOf(100, 30)).toEqual({ duration: 70, waited: 30 })
  expect(stopOf(100, 130)).toEqual({ duration: 0, waited: 100 })
})

test('the median of repetitions counts, without the latency that there is without load', () => {
  expect(summarize([{ send: 10, view: 1 }, { send: 200 }, { send: 30 }], 2)).toEqual({ send: 28, view: 0 })
})

test.each([
  { stops: { send: 100, view: 20 }, tooLong: [] },
  { stops: { send: 100.1, view: 20.1, delete: 99 }, tooLong: ['send', 'view'] },
])('a stop over 100 ms, and over 20 ms for a view, is too long: $stops', ({ stops, tooLong }) => {
  expect(findTooLong(stops)).toEqual(tooLong)
})

test('the table marks stops that are too long', () => {
  const rows = [
    { name: 'text', stops: { send: 1.25, view: 30 } },
    { name: 'flood', stops: { send: 2 } },
  ]
  expect(report('--quiet', rows)).toBe(`
--quiet
longest stop in ms  send    view  raw  attachment  list  search  delete
text                 1.3  30.0 !                                       
flood                2.0                                               
`)
  expect(describeTooLong('--quiet', rows)).toEqual(['--quiet: text: view stops the event loop for 30.0 ms, over 20 ms'])
})

test.each([
  { stops: [{ send: 10 }], repetitions: 1, count: 1 },
  { stops: [{ send: 10 }, { send: 10 }], repetitions: 2, count: 2 },
  { stops: [{ send: 300 }, { send: 10 }, { send: 10 }], repetitions: 1, count: 3 },
  { stops: Array.from({ length: 9 }, () => ({ send: 300 })), repetitions: 1, count: 5 },
])('a row with a stop that is too long is repeated: $stops', async ({ stops, repetitions, count }) => {
  const left = [...stops]
  await repeat(async () => left.shift() ?? {}, repetitions, 0)
  expect(stops.length - left.length).toBe(count)
})

test('the prober sees a stop of the event loop of another process', async ({ onTestFinished }) => {
  const server = spawn(process.execPath, ['-e', STOPPING_SERVER], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void server.kill())
  const [line] = await once(server.stdout, 'data')
  const port = Number(line)
  const prober = await Prober.start({ dnsPort: port, pid: server.pid ?? 0 })
  onTestFinished(() => prober.close())
  const idle = await prober.during(() => pause(100))
  const socket = createSocket('udp4')
  onTestFinished(() => void socket.close())
  const stopped = await prober.during(async () => {
    const answered = once(socket, 'message')
    socket.send('stop', port, '127.0.0.1')
    await answered
  })
  expect(stopped.duration).toBeGreaterThan(200)
  expect(idle.duration).toBeLessThan(stopped.duration)
})

test('a message of the table is stored, read and deleted in the built suite', async () => {
  const { base, rows } = await measureStops({ dist: DIST, repetitions: 1, only: '900 parts' }, 'json')
  expect(base).toBeGreaterThan(0)
  expect(rows.map(({ name }) => name)).toEqual(['900 parts'])
  expect(Object.keys(rows[0]?.stops ?? {})).toEqual(['send', 'view', 'raw', 'attachment', 'list', 'search', 'delete'])
})
