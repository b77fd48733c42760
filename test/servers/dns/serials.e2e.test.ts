/** Serials over a restart: a secondary has to see that a zone is another one than before. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { query } from '../../../clients/dns/index.ts'
import { startSuite } from '../../../shared/launcher/index.ts'
import { createLog } from '../../../shared/log.ts'
import { emptyFolder } from '../../helpers/cli.ts'

const zoneText = (serial: number) => `$TTL 60\n@ SOA ns host ${serial} 2 3 4 5\n@ NS ns\nns A 192.0.2.53\n`

/** A data folder with the zones a.test and b.test. */
async function dataFolder() {
  const data = await emptyFolder()
  await mkdir(path.join(data, 'zones'))
  const write = (name: string, serial: number) => writeFile(path.join(data, 'zones', `${name}.zone`), zoneText(serial))
  await write('a.test', 5)
  await write('b.test', 5)
  return { data, write, memory: path.join(data, 'dns', 'serials.json') }
}

/** Runs a server of the folder once, changes a.test so many times, and gives the serials it ended with. */
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

test('a zone that was changed at run time begins with a higher serial after a restart, any other with its own', async () => {
  const { data } = await dataFolder()
  expect((await runOnce(data, 3)).serials).toEqual([8, 5])
  expect((await runOnce(data, 0)).serials).toEqual([9, 5])
  expect((await runOnce(data, 0)).serials).toEqual([10, 5])
})

test('a file with a serial higher than all before is served with that', async () => {
  const { data, write, memory } = await dataFolder()
  await runOnce(data, 3)
  await write('a.test', 2026)
  expect((await runOnce(data, 0)).serials).toEqual([2026, 5])
  expect(JSON.parse(await readFile(memory, 'utf8'))).toEqual({ 'a.test': 8 })
})

test('a memory that cannot be read is told of, and the serials are those of the files', async () => {
  const { data, memory } = await dataFolder()
  await mkdir(path.dirname(memory))
  await writeFile(memory, '{"a.test": "many"}')
  const { serials, logged } = await runOnce(data, 0)
  expect(serials).toEqual([5, 5])
  expect(logged).toContain('cannot read the zone serials')
})
