/** The store in a SQLite file: what a user meets if the file, its folder or its disk is not in order. */
import { spawn, spawnSync } from 'node:child_process'
import { open, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { openEngine } from '../../../shared/store/open-store.ts'
import { emptyFolder, runFourwire, startFourwire } from '../../helpers/cli.ts'
import { ROOT } from '../../helpers/pure.ts'
import { openStore } from '../../helpers/store.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'

/** Leaves a store without content in the file. */
async function createEmptyStore(file: string): Promise<void> {
  const { closeStore } = await openStore({ kind: 'sqlite', file })
  await closeStore()
}

const message = (raw: string) => ({ envelope: { from: '', to: ['bob@fourwire.test'] }, raw: Buffer.from(raw) })

/** Adds a number of messages, ten at a time, and prints their ids. */
const WRITER = `
import { Store } from ${JSON.stringify(path.join(ROOT, 'dist/shared/launcher/index.js'))}
const [file, name, count] = process.argv.slice(1)
const store = new Store({ kind: 'sqlite', file })
const { mail } = await store.open()
const ids = []
for (let index = 0; index < Number(count); index += 10) {
  const burst = Array.from({ length: 10 }, (_, offset) => name + (index + offset))
  const envelope = { from: '', to: ['bob@fourwire.test'] }
  ids.push(...(await Promise.all(burst.map(text => mail.add({ envelope, raw: Buffer.from(text) })))))
}
await store.close()
process.stdout.write(JSON.stringify(ids))
`

test('two processes that create a store and write at full speed lose no message', async () => {
  const file = path.join(await emptyFolder(), 'fourwire.db')
  const count = 500
  const write = async (name: string): Promise<string[]> => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, file, name, String(count)])
    const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
    expect(errors).toBe('')
    return JSON.parse(out)
  }
  const written = await Promise.all([write('a'), write('b')])
  const { mail } = await openStore({ kind: 'sqlite', file })
  expect(await mail.usage('bob@fourwire.test')).toMatchObject({ messages: 2 * count })
  for (const [index, name] of ['a', 'b'].entries()) {
    const contents = await Promise.all((written[index] ?? []).map(async id => Buffer.from((await mail.raw(id)) ?? [])))
    expect(contents.map(String)).toEqual(Array.from({ length: count }, (_, number) => `${name}${number}`))
  }
})

test('a process sees what another one has stored, without reopening', async () => {
  const file = path.join(await emptyFolder(), 'fourwire.db')
  const [one, other] = [await openStore({ kind: 'sqlite', file }), await openStore({ kind: 'sqlite', file })]
  await one.accounts.add({ name: 'ann', password: 'secret' })
  expect(await other.accounts.verify('ann', 'secret')).toBeDefined()
  const id = await other.mail.add(message('x'))
  expect(await one.mail.get(id)).toMatchObject({ id })
})

test.each([
  [
    'a text file',
    'this is not a database, and longer than its header of one hundred bytes. '.repeat(10),
    /not a SQLite/,
  ],
  ['a file with only the header of a database', 'SQLite format 3\0'.padEnd(4096, 'x'), /not a SQLite|damaged/],
])('start refuses %s with a sentence', async (_what, content, reason) => {
  const data = await emptyFolder()
  const file = path.join(data, 'fourwire.db')
  await writeFile(file, content)
  const { code, stdout, stderr } = await runFourwire(['start', 'smtp', '--free-ports', '--data', data], { cwd: data })
  expect(stderr).toMatch(reason)
  expect(stderr).toMatch(new RegExp(`^fourwire: cannot open the store ${file}: .*\\n$`))
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
})

test('start refuses a damaged store with a sentence', async () => {
  const data = await emptyFolder()
  const file = path.join(data, 'fourwire.db')
  await createEmptyStore(file)
  const handle = await open(file, 'r+')
  // The first page after the header, where the list of tables is.
  await handle.write(Buffer.alloc(3900, 0xff), 0, 3900, 100)
  await handle.close()
  const { code, stderr } = await runFourwire(['start', 'smtp', '--free-ports', '--data', data], { cwd: data })
  expect(stderr).toBe(
    `fourwire: cannot open the store ${file}: the file is damaged. Restore a copy, or move the file away\n`,
  )
  expect(code).toBe(1)
})

test('start refuses a store that it cannot write; a suite that does not use the store starts', async () => {
  const data = await emptyFolder()
  const file = path.join(data, 'fourwire.db')
  await createEmptyStore(file)
  spawnSync('chmod', ['a-w', file])
  const options = { cwd: data, asOrdinaryUser: true }
  const { code, stderr } = await runFourwire(['start', 'ftp', '--free-ports', '--data', data], options)
  expect(stderr).toBe(
    `fourwire: cannot open the store ${file}: the file cannot be written. Check the permissions of the file and its folder\n`,
  )
  expect(code).toBe(1)
  await startFourwire(['hello', '--free-ports', '--data', data], options)
})

/** Mounts a small file system; skips the test if this user may not. */
async function smallDisk(megabytes: number, skip: (note: string) => void): Promise<string> {
  const folder = await emptyFolder()
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
  if (status !== 0) skip('only root may mount a small disk')
  onTestFinished(() => {
    spawnSync('umount', [folder])
  })
  return folder
}

/** Sends a message of the size; returns the reply to its end. */
async function send(port: number, subject: string, bytes: number): Promise<string> {
  const wire = await Wire.connect(port)
  await wire.play(`
    S: 220 *
    C: HELO test
    S: 250 *
    C: MAIL FROM:<ann@fourwire.test>
    S: 250 *
    C: RCPT TO:<bob@fourwire.test>
    S: 250 *
    C: DATA
    S: 354 *
  `)
  const line = `${'x'.repeat(70)}\r\n`
  wire.send(`Subject: ${subject}\r\n\r\n${line.repeat(bytes / line.length)}.\r\n`)
  return (await wire.line()) ?? '(closed)'
}

test('a full disk gets 452, loses nothing that got its 250, and accepts mail again when there is room', async context => {
  const data = await smallDisk(8, note => context.skip(note))
  const filler = path.join(data, 'filler')
  await writeFile(filler, Buffer.alloc(2 * 1024 * 1024))
  const suite = await suiteFor({ services: ['smtp'], data })
  const accepted: string[] = []
  let reply = ''
  for (let number = 1; number <= 20 && !reply.startsWith('4'); number++) {
    reply = await send(suite.smtp.port, `message ${number}`, 500_000)
    if (reply.startsWith('250')) accepted.push(`message ${number}`)
  }
  expect(reply).toMatch(/^452 4\.3\.1 /)
  expect(accepted.length).toBeGreaterThan(2)
  // A small one may still fit, or not; if it is accepted, it is kept.
  if ((await send(suite.smtp.port, 'small', 100)).startsWith('250')) accepted.push('small')
  await rm(filler)
  expect(await send(suite.smtp.port, 'after', 500_000)).toMatch(/^250 /)
  accepted.push('after')
  await suite.close()

  const { mail } = await openStore({ kind: 'sqlite', file: path.join(data, 'fourwire.db') })
  const { messages } = await mail.list()
  expect(messages.map(({ subject }) => subject).reverse()).toEqual(accepted)
  const sizes = await Promise.all(messages.map(async ({ id }) => (await mail.raw(id))?.length ?? 0))
  expect(Math.min(...sizes.filter(size => size > 1000))).toBeGreaterThan(499_000)
})

test('a commit waits until the disk has it', async () => {
  const engine = await openEngine({ kind: 'sqlite', file: path.join(await emptyFolder(), 'fourwire.db') })
  onTestFinished(() => engine.close())
  // 2 is FULL: in WAL mode SQLite syncs the log at each commit.
  expect((await sql`pragma synchronous`.execute(engine.db)).rows).toEqual([{ synchronous: 2 }])
  expect((await sql`pragma journal_mode`.execute(engine.db)).rows).toEqual([{ journal_mode: 'wal' }])
})
