/** The options `maxRate` and `maxRatePerAccount`: transfers take at least the time of their bytes. */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { download, ftpSuite, LOGIN, loginAs, openDataConnection, openSession, upload } from '../sessions.ts'
import { openSecureData, protectedSession, tlsSuite } from '../tls-sessions.ts'

const CONTENT = 'x'.repeat(30_000)
const RATE = 50_000
/** The time of what follows the burst of a quarter of a second: clocks and timers can differ by a few milliseconds. */
const MIN_MS = ((CONTENT.length - RATE / 4) / RATE) * 1000 - 10

async function measure(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await run()
  return performance.now() - started
}

async function suiteWith(ftp: { maxRate?: number; maxRatePerAccount?: number; dataTimeout?: number }) {
  const started = await ftpSuite({ ftp })
  await writeFile(path.join(started.www, 'x'), CONTENT)
  return started
}

test.each(['TYPE I', 'TYPE A'])('bounds the rate of a session in both directions, in %s', async type => {
  const { port, www } = await suiteWith({ maxRate: RATE })
  const wire = await openSession(port, `${LOGIN}C: ${type}\nS: 200 *`)
  expect(await measure(async () => expect(await download(wire, 'RETR x')).toBe(CONTENT))).toBeGreaterThan(MIN_MS)
  expect(await measure(() => upload(wire, 'STOR y', CONTENT))).toBeGreaterThan(MIN_MS)
  expect(await readFile(path.join(www, 'y'), 'utf8')).toBe(CONTENT)
})

test('the sessions of an account share its rate, and another account has its own', async () => {
  const { port } = await suiteWith({ maxRatePerAccount: RATE })
  const [one, two] = [await openSession(port), await openSession(port)]
  const other = await openSession(port, loginAs('bob', 'builder'))
  const both = measure(() => Promise.all([download(one, 'RETR x'), download(two, 'RETR x')]))
  const alone = measure(() => download(other, 'RETR x'))
  expect(await both).toBeGreaterThan(MIN_MS + (CONTENT.length / RATE) * 1000)
  expect(await alone).toBeLessThan(await both)
})

test('a delayed transfer is not idle', async () => {
  const { port, www } = await suiteWith({ maxRate: 500, dataTimeout: 1000 })
  await writeFile(path.join(www, 'y'), 'y'.repeat(900))
  const [one, other] = [await openSession(port), await openSession(port)]
  const [content] = await Promise.all([download(one, 'RETR y'), upload(other, 'STOR z', 'z'.repeat(900))])
  expect([content, await readFile(path.join(www, 'z'), 'utf8')]).toEqual(['y'.repeat(900), 'z'.repeat(900)])
})

test('a delayed transfer is not idle over TLS either', async () => {
  const { suite, port } = await tlsSuite({ maxRate: 1, dataTimeout: 1000 })
  await writeFile(path.join(suite.dataFolder, 'www', 'y'), 'yy')
  const { wire } = await protectedSession(port)
  const data = await openSecureData(wire, 'RETR y')
  expect(await data.readToEnd()).toBe('yy')
  await wire.play('S: 226 *')
})

test('ABOR ends a delay', async () => {
  const { port } = await suiteWith({ maxRate: 1 })
  const wire = await openSession(port)
  const data = await openDataConnection(wire)
  await wire.play('C: RETR x\nS: 150 *')
  await wire.play('C: ABOR\nS: 426 *\nS: 226 *')
  await data.readToEnd()
})
