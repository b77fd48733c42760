import { mkdtemp, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { startSuite } from '../../../shared/launcher/index.ts'
import { downloadRepeatedly } from './ftp-load.ts'
import { withRatios } from './measure.ts'
import { report } from './report.ts'
import { clearOutput, FILE, UNTRACED, variants } from './variants.ts'

const DIST = fileURLToPath(new URL('../../../dist', import.meta.url))

test('downloads a file again and again, each time whole', async () => {
  await using suite = await startSuite({ services: ['ftp'] })
  const downloads: number[] = []
  suite.trace.on(event => {
    if (event.kind === 'transfer') downloads.push(event.size)
  })
  expect(await downloadRepeatedly(suite.ftp.port, 'files/hello.txt', 0.2)).toBeGreaterThan(0)
  expect(downloads.length).toBeGreaterThan(0)
  expect(new Set(downloads)).toEqual(new Set([21]))
})

test('a download that fails is an error that quotes the reply', async () => {
  await using suite = await startSuite({ services: ['ftp'] })
  await expect(downloadRepeatedly(suite.ftp.port, 'missing', 0.1)).rejects.toThrow('unexpected reply of FTP: 550 ')
})

test.each(variants(DIST))('$name serves the file, and only --json writes events', async ({ name, start }) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-bench-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const server = await start('http', folder)
  onTestFinished(() => server.stop())
  const sizeOfOutput = async () => (await stat(path.join(folder, 'output'))).size
  const before = name.startsWith('command') ? await sizeOfOutput() : 0
  const response = await fetch(`http://127.0.0.1:${server.port}/${FILE}`)
  expect((await response.arrayBuffer()).byteLength).toBe(1024)
  if (name.includes('--json')) await expect.poll(sizeOfOutput).toBeGreaterThan(before)
  else if (name.startsWith('command')) expect(await sizeOfOutput()).toBe(before)
  await clearOutput(folder)
})

test('compares the figures of the same round', () => {
  const results = [
    { name: UNTRACED, base: UNTRACED, median: 20, all: [10, 20, 40], costs: [1e-5, 2e-5, 3e-5] },
    { name: 'counts', base: UNTRACED, median: 18, all: [9, 18, 20], costs: [2e-5, 2.5e-5, 3e-5] },
  ]
  const measured = withRatios(results)
  expect(measured.map(({ ratio, cpuRatio }) => [ratio, cpuRatio])).toEqual([
    [1, 1],
    [0.9, 0.8],
  ])
  expect(report('HTTP', measured).split('\n').slice(1, 5)).toEqual([
    'HTTP',
    'trace     per second  cpu us  x speed  x cpu        of',
    'untraced          20    20.0        -      -         -',
    'counts            18    25.0     0.90   0.80  untraced',
  ])
})
