/** Tests serials across restarts: a secondary transfers a changed zone only if its serial is higher. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { query } from '../../../clients/dns/index.ts'
import { startSuite } from '../../../shared/launcher/index.ts'
import { createLog } from '../../../shared/log.ts'
import { emptyFolder } from '../../helpers/cli.ts'

const zoneText = (serial: number) => `$TTL 60\n@ SOA ns host ${serial} 2 3 4 5\n@ NS ns\nns A 192.0.2.53\n`

/** Creates a data folder with the zones a.test and b.test. */
async function dataFolder() {
  const data = await emptyFolder()
  await mkdir(path.join(data, 'zones'))
  const write = (name: string, serial: number) => writeFile(path.join(data, 'zones', `${name}.zone`), zoneText(serial))
  await write('a.test', 5)
  await write('b.test', 5)
  return { data, write, serialFile: path.join(data, 'dns', 'serials.json') }
}

/** Starts a server, changes a.test that many times, stops the server, and returns the final serials. */
async function runOnce(data: string, changes: number): Promise<{ serials: number[]; logged: string }> {
  const logged: string[] = []
  const log = await createLog('warn', { write: line => logged.push(line) })
  await using suite = await startSuite({ services: ['dns'], data, log, dns: { publish: false } })
  for (let change = 0; change < changes; change++) suite.dns.set('www.a.test', 'A', `192.0.2.${change + 1}`)
  const serials = ['a.test', 'b.test'].map(async name => {
    const { answers } = await query({ name, type: 'SOA', server: suite.dns })
    return answers[0]?.type === 'SOA' ? answers[0].data.serial : -1
  })
  return { serials: await Promise.all(serials), logged: logged.join('') }
}

test('a zone changed at run time has a higher serial after a restart, others have that of their file', async () => {
  const { data } = await dataFolder()
  expect((await runOnce(data, 3)).serials).toEqual([8, 5])
  expect((await runOnce(data, 0)).serials).toEqual([9, 5])
  expect((await runOnce(data, 0)).serials).toEqual([10, 5])
})

test('uses the serial of the file if it is higher', async () => {
  const { data, write, serialFile } = await dataFolder()
  await runOnce(data, 3)
  await write('a.test', 2026)
  expect((await runOnce(data, 0)).serials).toEqual([2026, 5])
  expect(JSON.parse(await readFile(serialFile, 'utf8'))).toEqual({ 'a.test': 8 })
})

test('logs an invalid serials file, and uses the serials of the zone files', async () => {
  const { data, serialFile } = await dataFolder()
  await mkdir(path.dirname(serialFile))
  await writeFile(serialFile, '{"a.test": "many"}')
  const { serials, logged } = await runOnce(data, 0)
  expect(serials).toEqual([5, 5])
  expect(logged).toContain('cannot read the zone serials')
})
