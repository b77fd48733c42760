/** Uploads that break, that continue a file, and that compete for one. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Wire } from '../../helpers/wire.ts'
import { LOGIN, openDataConnection, openSession, sharedSuite, upload } from './sessions.ts'

const suite = sharedSuite()
const file = () => path.join(suite.www, 'files/resumed.txt')
const content = () => readFile(file(), 'utf8')
const open = (): Promise<Wire> => openSession(suite.port, LOGIN)

beforeEach(() => writeFile(file(), '0123456789'))

/** More than the server collects before it writes. */
const PART = Buffer.from(Array.from({ length: 300_000 }, (_, index) => String(index).padStart(9)).join(' '))
const MIB = 1024 * 1024

async function startUpload(wire: Wire, commands: string, part: string | Buffer = '') {
  const data = await openDataConnection(wire)
  await wire.play(`${commands}\nS: 150 *`)
  data.socket.write(part)
  return data
}

const temporaryFiles = async () => (await readdir(path.join(suite.www, 'files'))).filter(name => name.startsWith('.'))

/** Waits until the server has written a part of the only upload. */
async function waitForPart(): Promise<void> {
  const written = async () => {
    const [name = ''] = await temporaryFiles()
    return (await readFile(path.join(suite.www, 'files', name))).length
  }
  await expect.poll(written, { interval: 5 }).toBeGreaterThanOrEqual(MIB)
}

/** The file has what it had before the upload, and a part of what was sent. Returns its size. */
async function expectPartAfter(start: string): Promise<number> {
  const stored = await readFile(file())
  const part = stored.subarray(start.length)
  expect(stored.subarray(0, start.length).toString()).toBe(start)
  expect(part.length).toBeGreaterThanOrEqual(MIB)
  expect(part.equals(PART.subarray(0, part.length))).toBe(true)
  return stored.length
}

const CONTINUING = [
  ['APPE', 'C: APPE files/resumed.txt', '0123456789'],
  ['STOR after REST', 'C: REST 4\nS: 350 *\nC: STOR files/resumed.txt', '0123'],
] as const

describe.each(CONTINUING)('a broken %s', (_title, commands, start) => {
  test('leaves the part that has arrived, which the client can continue', async () => {
    const wire = await open()
    const data = await startUpload(wire, commands, PART)
    await waitForPart()
    expect(await content()).toBe('0123456789')
    data.socket.resetAndDestroy()
    await wire.play('S: 426 *')
    const size = await expectPartAfter(start)
    await wire.play(`C: SIZE files/resumed.txt\nS: 213 ${size}\nC: REST ${size}\nS: 350 *`)
    await upload(wire, 'STOR files/resumed.txt', PART.subarray(size - start.length).toString())
    expect(await content()).toBe(`${start}${PART}`)
    expect(await temporaryFiles()).toEqual([])
  })

  test('leaves the old file if nothing has arrived', async () => {
    const wire = await open()
    const data = await startUpload(wire, commands)
    data.socket.resetAndDestroy()
    await wire.play('S: 426 *')
    expect(await content()).toBe('0123456789')
    expect(await temporaryFiles()).toEqual([])
  })

  test('leaves the part that has arrived if the client aborts', async () => {
    const wire = await open()
    await startUpload(wire, commands, PART)
    await waitForPart()
    await wire.play('C: ABOR\nS: 426 *\nS: 226 *')
    await expectPartAfter(start)
  })
})

test('a broken STOR leaves the old file', async () => {
  const wire = await open()
  const data = await startUpload(wire, 'C: STOR files/resumed.txt', PART)
  await waitForPart()
  data.socket.resetAndDestroy()
  await wire.play('S: 426 *')
  expect(await content()).toBe('0123456789')
  expect(await temporaryFiles()).toEqual([])
})

test('APPE starts a new file, and an offset beyond the end of the file is refused', async () => {
  const wire = await open()
  await upload(wire, 'APPE files/appended.txt', 'new')
  expect(await readFile(path.join(suite.www, 'files/appended.txt'), 'utf8')).toBe('new')
  for (const [name, size] of [
    ['resumed.txt', 10],
    ['missing.txt', 0],
  ] as const) {
    await openDataConnection(wire)
    await wire.play(`
      C: REST 11
      S: 350 *
      C: STOR files/${name}
      S: 554 The file has only ${size} bytes; it cannot be continued at 11
    `)
  }
})

test('a file of several chunks is continued after all of them', async () => {
  const large = Buffer.alloc(2_500_000, 'x')
  await writeFile(file(), large)
  const wire = await open()
  await upload(wire, 'APPE files/resumed.txt', 'end')
  expect((await readFile(file())).equals(Buffer.concat([large, Buffer.from('end')]))).toBe(true)
  await wire.play('C: REST 2100000\nS: 350 *')
  await upload(wire, 'STOR files/resumed.txt', 'end')
  expect((await readFile(file())).equals(Buffer.concat([large.subarray(0, 2_100_000), Buffer.from('end')]))).toBe(true)
})

test('of two uploads of one file, the last to complete is the file, whole', async () => {
  const [first, second] = [await open(), await open()]
  const data = [
    await startUpload(first, 'C: STOR files/resumed.txt', 'aaaa'),
    await startUpload(second, 'C: STOR files/resumed.txt', 'bb'),
  ]
  data[1]?.socket.end('bb')
  await second.play('S: 226 *')
  expect(await content()).toBe('bbbb')
  data[0]?.socket.end('aaaaaa')
  await first.play('S: 226 *')
  expect(await content()).toBe('aaaaaaaaaa')
})
