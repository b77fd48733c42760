import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { contestants } from './contestants.ts'
import { measureIdle } from './idle.ts'
import { fetchOnce, parseH2load } from './load.ts'
import { reportWorkload } from './report.ts'
import { createSite } from './site.ts'
import { WORKLOADS } from './workloads.ts'

const DIST = fileURLToPath(new URL('../../../dist', import.meta.url))

async function site() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-bench-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return createSite(folder)
}

const EXPECTED = {
  '1 KiB': { status: 200, length: 1024 },
  '100 KiB': { status: 200, length: 102_400 },
  '10 MiB': { status: 200, length: 10_485_760 },
  '304': { status: 304, length: 0 },
  gzip: { status: 200, coding: 'gzip' },
  JSON: { status: 200 },
  HTTPS: { status: 200, length: 1024 },
  'HTTP/2': { status: 200, length: 1024 },
}

describe.each(contestants(DIST))('$name', contestant => {
  test('sends what the workloads need', async () => {
    const files = await site()
    for (const transport of [undefined, 'https'] as const) {
      const names = contestant.workloads.filter(name => WORKLOADS[name].transport === transport)
      if (names.length === 0) continue
      const { server, base } = await contestant.start(files, {
        summary: '',
        path: '/',
        ...(transport && { transport }),
      })
      onTestFinished(() => server.stop())
      for (const name of names) {
        expect(await fetchOnce(contestant.name, base, WORKLOADS[name]), name).toMatchObject(EXPECTED[name])
      }
    }
  })
})

test('measures idle connections', async () => {
  const [ours] = contestants(DIST)
  if (!ours) throw new Error('no contestant')
  const { bytesEach, meanwhile } = await measureIdle(ours, await site(), 100, 1)
  // Other processes share memory with the server, so a few connections can seem to take less than none.
  expect(bytesEach).toSatisfy(Number.isFinite)
  expect(meanwhile.requestsPerSecond).toBeGreaterThan(0)
})

test('parses the output of h2load, and quotes it if requests failed', () => {
  const output =
    'finished in 2.00s, 12345.67 req/s, 13.44MB/s\nrequests: 5 total, 5 started, 5 done, 5 succeeded, 0 failed, 0 errored'
  expect(parseH2load(output).requestsPerSecond).toBe(12_345.67)
  expect(() => parseH2load(output.replace('0 failed', '1 failed'))).toThrow('1 failed')
  expect(() => parseH2load('nothing')).toThrow('nothing')
})

test('reports medians and ratios', () => {
  const figures = (...speeds: number[]) => speeds.map(requestsPerSecond => ({ requestsPerSecond, p50: 1, p99: 2 }))
  const measured = [
    { name: 'fourwire', figures: figures(90, 100, 500) },
    { name: 'node:http constant', figures: figures(50) },
    { name: 'nginx', figures: figures(200) },
  ]
  expect(reportWorkload('1 KiB', measured)).toBe(
    '\n1 KiB\nserver              requests/s  x floor  x nginx  p50 ms  p99 ms\nfourwire                   100     2.00     0.50    1.00    2.00\nnode:http constant          50     1.00     0.25    1.00    2.00\nnginx                      200     4.00     1.00    1.00    2.00\n',
  )
})
