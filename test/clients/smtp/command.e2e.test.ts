import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { suiteFor } from '../../helpers/suite.ts'

/** Starts a suite with SMTP, and returns the arguments of a command that sends to it. */
async function startSmtp() {
  const suite = await suiteFor({ services: ['smtp'] })
  const cwd = await emptyFolder()
  const args = ['smtp', 'send', '--server', `127.0.0.1:${suite.smtp.port}`, '--from', 'ann@example.org']
  return { suite, cwd, args }
}

test('reads the text from standard input, attaches files, prints the result', async () => {
  const { suite, cwd, args } = await startSmtp()
  await writeFile(path.join(cwd, 'notes.txt'), 'a note')
  const more = [
    '--to',
    'bob@fourwire.test',
    '--to',
    'carol@fourwire.test',
    '-s',
    'Hi',
    '--file',
    '-',
    '--attach',
    'notes.txt',
  ]
  const result = await runInProcess([...args, ...more], { cwd, input: 'from a pipe\n' })
  const [mail] = await suite.mail.list()
  expect(result).toMatchObject({ code: 0, stderr: '' })
  expect(result.stdout.split('\n')).toEqual([
    `250 2.6.0 Message kept as ${mail?.id}`,
    expect.stringMatching(/^ {2}sent {6}\d+ bytes$/),
    '  accepted  bob@fourwire.test',
    '  accepted  carol@fourwire.test',
    '',
  ])
  const parsed = await simpleParser(Buffer.from(mail?.raw ?? []))
  expect(parsed).toMatchObject({ subject: 'Hi', text: 'from a pipe\n' })
  expect(parsed.attachments.map(({ filename, content }) => [filename, content.toString()])).toEqual([
    ['notes.txt', 'a note'],
  ])
})

test('prints the result as JSON and an error, with exit code 1, if the server rejects some recipients', async () => {
  const { suite, cwd, args } = await startSmtp()
  const more = ['--to', 'bob@fourwire.test', '--to', 'eve@example.org', '--text', 'Hi', '--json']
  const { code, stdout, stderr } = await runInProcess([...args, ...more], { cwd })
  expect(JSON.parse(stdout)).toMatchObject({
    accepted: ['bob@fourwire.test'],
    rejected: [{ address: 'eve@example.org', code: 550, text: '5.7.1 Relaying denied' }],
  })
  expect(stderr).toContain('sent, but 1 of 2 recipients refused: eve@example.org: 550 5.7.1 Relaying denied')
  expect(code).toBe(1)
  expect(await suite.mail.list()).toHaveLength(1)
})

test.each([
  ['recipient rejected', 1, ['--to', 'eve@example.org', '--text', 'Hi'], 'eve@example.org: 550 5.7.1 Relaying denied'],
  ['two texts', 2, ['--to', 'bob@fourwire.test', '--text', 'Hi', '--file', 'x'], '--text and --file'],
  ['missing file', 2, ['--to', 'bob@fourwire.test', '--file', 'nope'], 'cannot read "nope"'],
  ['no recipient', 2, ['--text', 'Hi'], 'give a recipient, as in: --to ADDRESS, or with --cc or --bcc'],
  ['header injection', 2, ['--to', 'bob@fourwire.test', '--subject', 'a\r\nBcc: b@c.d'], 'contains a line ending'],
])('%s: exit code %i and an error message', async (_title, code, more, message) => {
  const { suite, cwd, args } = await startSmtp()
  const result = await runInProcess([...args, ...more], { cwd })
  expect(result.stderr).toContain(message)
  expect(result).toMatchObject({ code, stdout: '' })
  expect(await suite.mail.list()).toEqual([])
})

test('a message without subject, text, file or attachment is a usage error, and is not sent', async () => {
  const { suite, cwd, args } = await startSmtp()
  const { code, stderr } = await runInProcess([...args, '--to', 'bob@fourwire.test'], { cwd })
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'fourwire: the message is empty. Give --subject, --text, --file, --html, --attach or --eml\n',
  })
  expect(await suite.mail.list()).toEqual([])
})
