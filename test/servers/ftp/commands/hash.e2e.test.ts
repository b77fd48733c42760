/** HASH: the digests of files and of their ends, and what ends a long one. */
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { readlink, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import type { Wire } from '../../../helpers/wire.ts'
import { ANONYMOUS_LOGIN, openSession, sendCommand, sharedSuite } from '../sessions.ts'

/** Longer than two chunks. */
const CONTENT = Buffer.from(Array.from({ length: 600_001 }, (_, index) => (index * 7 + (index >> 8)) & 0xff))
/** A file with holes takes no room; to hash it takes many seconds. */
const HUGE_BYTES = 64 * 2 ** 30

const suite = sharedSuite({ ftp: { idleTimeout: 1000 } })

beforeAll(async () => {
  await writeFile(path.join(suite.www, 'a b.bin'), CONTENT)
  await writeFile(path.join(suite.www, 'empty'), '')
  await writeFile(path.join(suite.www, 'huge'), '')
  await truncate(path.join(suite.www, 'huge'), HUGE_BYTES)
})

const openFiles = () => readdirSync('/proc/self/fd')

const digest = (name: string, bytes: Uint8Array) => createHash(name).update(bytes).digest('hex')

test.each([
  ['SHA-256', digest('sha256', CONTENT)],
  ['SHA-1', digest('sha1', CONTENT)],
  ['SHA-512', digest('sha512', CONTENT)],
  ['CRC32', crc32(CONTENT).toString(16).padStart(8, '0')],
])('replies with the %s', async (name, expected) => {
  const wire = await openSession(suite.port, ANONYMOUS_LOGIN)
  await wire.play(`
    C: OPTS HASH ${name}
    S: 200 ${name}
    C: HASH a b.bin
    S: 213 ${name} 0-600001 ${expected} a b.bin
  `)
})

test('starts at the offset of REST, once', async () => {
  const wire = await openSession(suite.port, ANONYMOUS_LOGIN)
  await wire.play(`
    C: REST 300000
    S: 350 *
    C: HASH a b.bin
    S: 213 SHA-256 300000-600001 ${digest('sha256', CONTENT.subarray(300_000))} a b.bin
    C: HASH a b.bin
    S: 213 SHA-256 0-600001 ${digest('sha256', CONTENT)} a b.bin
    C: REST 600002
    S: 350 *
    C: HASH a b.bin
    S: 554 The file has only 600001 bytes
  `)
})

test.each([
  ['HASH empty', `213 SHA-256 0-0 ${digest('sha256', Buffer.alloc(0))} empty`],
  ['HASH files', '550 Not a plain file'],
  ['HASH missing', '550 No such file or directory'],
  ['HASH', '501 A name is required'],
])('%s: %s', async (command, reply) => {
  expect(await sendCommand(await openSession(suite.port, ANONYMOUS_LOGIN), command)).toBe(reply)
})

/** Starts to hash the huge file. Resolves after longer than the idle timeout: another session was served, and closed as idle. */
async function startHash(): Promise<Wire> {
  const wire = await openSession(suite.port, ANONYMOUS_LOGIN)
  wire.send('HASH huge\r\n')
  const other = await openSession(suite.port, ANONYMOUS_LOGIN)
  expect(await other.line()).toBe('421 Idle for 1 s; closing')
  return wire
}

test('a long HASH is not idle, STAT shows its progress, other sessions continue, and ABOR ends it', async () => {
  const wire = await startHash()
  await wire.play(`
    C: STAT
    S: 211 the hash of /huge: * of ${HUGE_BYTES} bytes read
    C: ABOR
    S: 426 Hash aborted
    S: 226 *
    C: NOOP
    S: 200 OK
  `)
})

test('the end of the connection ends a HASH, and closes its file', async () => {
  const wire = await startHash()
  const isOpen = async () => {
    const targets = await Promise.all(openFiles().map(name => readlink(`/proc/self/fd/${name}`).catch(() => '')))
    return targets.some(target => target.endsWith('/huge'))
  }
  expect(await isOpen()).toBe(true)
  wire.socket.resetAndDestroy()
  await expect.poll(isOpen).toBe(false)
})
