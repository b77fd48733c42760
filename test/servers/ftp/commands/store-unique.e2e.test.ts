/** STOU: the name in the reply 150, and the file under that name. */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { Wire } from '../../../helpers/wire.ts'
import { ANONYMOUS_LOGIN, openDataConnection, openSession, sendCommand, sharedSuite } from '../sessions.ts'

const suite = sharedSuite()

beforeAll(() => mkdir(path.join(suite.www, 'in')))

/** Stores content; returns the name that the server has chosen. */
async function storeUnique(wire: Wire, command: string, content: string): Promise<string> {
  const data = await openDataConnection(wire)
  const name = /^150 FILE: (.+)$/.exec(await sendCommand(wire, command))?.[1] ?? ''
  data.socket.end(content)
  await wire.play('S: 226 *')
  return name
}

test.each([
  ['STOU', /^upload-[\da-f]{12}$/],
  ['STOU a.txt', /^a-[\da-f]{12}\.txt$/],
  ['STOU in/a b.tar.gz', /^in\/a b\.tar-[\da-f]{12}\.gz$/],
])('%s', async (command, pattern) => {
  const wire = await openSession(suite.port)
  const names = [await storeUnique(wire, command, 'one'), await storeUnique(wire, command, 'two')]
  expect(new Set(names).size).toBe(2)
  for (const name of names) expect(name).toMatch(pattern)
  const contents = await Promise.all(names.map(name => readFile(path.join(suite.www, name), 'utf8')))
  expect(contents).toEqual(['one', 'two'])
})

test.each([['STOU missing/a', '550 No such file or directory']])('%s: %s', async (command, reply) => {
  const wire = await openSession(suite.port)
  await openDataConnection(wire)
  expect(await sendCommand(wire, command)).toMatch(reply)
})

test('needs permission to write, and no offset', async () => {
  const before = await readdir(suite.www)
  expect(await sendCommand(await openSession(suite.port, ANONYMOUS_LOGIN), 'STOU')).toBe(
    '550 This account may only read',
  )
  const wire = await openSession(suite.port)
  await wire.play('C: REST 1\nS: 350 *\nC: STOU\nS: 504 REST does not work with STOU, which stores a new file')
  expect(await readdir(suite.www)).toEqual(before)
})
