/** `fourwire mail`, which finds the running suite by its data folder. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { Mailbox } from '../../../clients/mail/index.ts'
import { send } from '../../../clients/smtp/index.ts'
import { type Suite, startSuite } from '../../../shared/launcher/index.ts'
import { afterAllTests, emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { startMailServer } from '../../servers/http/routes/mail-server.ts'

const cleanup = afterAllTests()
let cwd: string
let suite: Suite<'http' | 'smtp'>

beforeAll(async () => {
  cwd = await emptyFolder(cleanup)
  suite = await startSuite({ services: ['http', 'smtp'], data: path.join(cwd, 'fourwire-data') })
  cleanup(() => suite.close())
})

const fourwire = (...args: string[]) => runInProcess(['mail', ...args], { cwd })

async function deliver(subject: string, to = 'alice@fourwire.test', text = 'Hello') {
  const file = path.join(cwd, 'notes.txt')
  await writeFile(file, 'notes')
  const attachments = [{ filename: 'notes.txt', path: file }]
  await send({ server: `127.0.0.1:${suite.smtp.port}`, from: 'app@x.test', to, subject, text, attachments })
  return suite.mail.waitFor({ subject })
}

describe('fourwire mail', () => {
  test('list prints a line for each message, newest first, or JSON', async () => {
    await suite.mail.clear()
    expect(await fourwire('list')).toEqual({ code: 0, stdout: '', stderr: '' })
    const [first, second] = [await deliver('one'), await deliver('two')]
    const time = (date: Date) => date.toISOString().slice(0, 19).replace('T', ' ')
    expect((await fourwire('list')).stdout).toBe(
      `* ${second.id}  ${time(second.receivedAt)}  <app@x.test> to <alice@fourwire.test>  two\n` +
        `* ${first.id}  ${time(first.receivedAt)}  <app@x.test> to <alice@fourwire.test>  one\n`,
    )
    const { stdout } = await fourwire('list', 'subject:one', 'has:attachment', '--json')
    expect(JSON.parse(stdout)).toMatchObject([{ id: first.id, from: 'app@x.test', to: ['alice@fourwire.test'] }])
    expect((await fourwire('list', '--limit', '1')).stdout.split('\n')).toHaveLength(2)
    expect((await fourwire('list', '--mailbox', 'bob@fourwire.test')).stdout).toBe('')
  })

  test('show prints header, attachments, text, and the conversation on request', async () => {
    const { id } = await deliver('show me', 'bob@fourwire.test', 'The text.')
    const { stdout } = await fourwire('show', id)
    expect(stdout).toMatch(
      /^Id: {7}\S+\nDate: {5}.*\nFrom: {5}app@x\.test\nTo: {7}bob@fourwire\.test\nSubject: {2}show me\nAttached: notes\.txt \(text\/plain, 5 B\)\n\nThe text\.\n$/,
    )
    expect((await fourwire('show', id, '--conversation')).stdout).toMatch(
      /\n\nS: 220 [\s\S]*C: MAIL FROM:<app@x\.test>/,
    )
    expect(JSON.parse((await fourwire('show', id, '--json')).stdout)).toMatchObject({ id, text: 'The text.' })
  })

  test('raw prints the message byte by byte', async () => {
    const { id } = await deliver('raw')
    const raw = Buffer.from((await suite.mail.raw(id)) ?? [])
    expect((await fourwire('raw', id)).stdout).toBe(raw.toString())
    expect(Buffer.from(JSON.parse((await fourwire('raw', id, '--json')).stdout).raw, 'base64')).toEqual(raw)
  })

  test('wait prints a message that is there, or that arrives', async () => {
    await deliver('already here', 'carol@fourwire.test')
    expect((await fourwire('wait', '--to', 'CAROL', '--text', 'Hello')).stdout).toContain('Subject:  already here')
    const waiting = fourwire('wait', '--to', 'dave', '--from', 'app@', '--subject', 'late', '--json')
    await deliver('late', 'dave@fourwire.test')
    expect(JSON.parse((await waiting).stdout)).toMatchObject({ subject: 'late' })
  })

  test('wait fails with what arrived instead', async () => {
    await suite.mail.clear()
    await deliver('other')
    const { code, stdout, stderr } = await fourwire('wait', '--subject', 'welcome', '--timeout', '0.5')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toBe(`fourwire: a message with subject "welcome" did not arrive in 500 ms. Messages that arrived: 1
  - from <app@x.test> to <alice@fourwire.test>, subject "other"
      subject "other" does not contain "welcome"
`)
  })

  test('delete and clear remove messages', async () => {
    await suite.mail.clear()
    const [one, two] = [await deliver('one'), await deliver('two'), await deliver('three')]
    expect((await fourwire('delete', one.id, two.id)).stdout).toBe('2 messages deleted\n')
    expect((await fourwire('clear')).stdout).toBe('1 message deleted\n')
    expect(JSON.parse((await fourwire('clear', '--json')).stdout)).toEqual({ deleted: 0 })
  })

  test.each([
    [['show', 'nope'], 1, '404 There is no mail nope'],
    [['delete', 'nope'], 1, '404 There is no mail nope'],
    [['list', 'form:ann'], 1, '400 query: unknown condition "form:ann"'],
    [['show'], 2, 'missing argument <id>'],
    [['list', '--limit', '0'], 2, '--limit'],
    [['list', '--user', 'ann'], 2, '--user and --password belong together'],
    [['list', '--server', '127.0.0.1:1'], 3, 'could not reach 127.0.0.1:1: connection refused'],
  ])('%j exits with %d', async (args, code, text) => {
    const result = await fourwire(...args)
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(text)])
  })

  test('signs in with an account if the server requires one', async () => {
    const server = await startMailServer('0.0.0.0')
    await server.accounts.add({ name: 'bob', password: 'secret' })
    await server.add('Subject: hi\n\nx\n')
    const flags = ['list', '--server', `127.0.0.1:${server.port}`]
    expect(await fourwire(...flags)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        '401 Sign in with the account of the mailbox. Give it with --user and --password',
      ),
    })
    expect((await fourwire(...flags, '--user', 'bob', '--password', 'secret')).stdout).toContain('hi')
    expect((await fourwire(...flags, '--user', 'bob', '--password', 'wrong')).code).toBe(1)
  })
})

test('a server that is not Fourwire is refused with a sentence', async () => {
  await writeFile(path.join(suite.dataFolder, 'www/index.html'), '[]')
  const mailbox = new Mailbox({ server: `127.0.0.1:${suite.http.port}` })
  await expect(mailbox.get('../healthz')).rejects.toThrow(/400|does not return mail/)
})
