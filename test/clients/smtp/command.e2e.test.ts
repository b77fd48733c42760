import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import { expect, test } from 'vitest'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { type SmtpPeer, startPeer } from './smtp-peer.ts'

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
  const parsed = await simpleParser(Buffer.from((await suite.mail.raw(mail?.id ?? '')) ?? []))
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

test('sends HTML with an inline image, and copies', async () => {
  const { suite, cwd, args } = await startSmtp()
  await writeFile(path.join(cwd, 'logo.png'), 'png')
  await writeFile(path.join(cwd, 'page.html'), '<img src="cid:logo.png">')
  const recipients = ['--to', 'bob@fourwire.test', '--cc', 'carol@fourwire.test', '--bcc', 'dan@fourwire.test']
  const html = ['--html-file', 'page.html', '--inline', 'logo.png', '--text', 'see the image']
  expect(await runInProcess([...args, ...recipients, ...html], { cwd })).toMatchObject({ code: 0, stderr: '' })
  const [mail] = await suite.mail.list()
  expect(mail?.envelope.to).toEqual(['bob@fourwire.test', 'carol@fourwire.test', 'dan@fourwire.test'])
  const parsed = await simpleParser(Buffer.from((await suite.mail.raw(mail?.id ?? '')) ?? []))
  expect(parsed).toMatchObject({ text: 'see the image', html: expect.stringContaining('data:image/png;base64,') })
  expect(parsed.headers.has('bcc')).toBe(false)
})

test.each(['-', 'mail.eml'])('sends a whole message from %s byte for byte', async file => {
  const { suite, cwd, args } = await startSmtp()
  const input = Buffer.from('Subject: by hand\r\n\r\n.dot\r\n\xfc\r\n\r\n', 'latin1')
  await writeFile(path.join(cwd, 'mail.eml'), input)
  const result = await runInProcess([...args, '--to', 'bob@fourwire.test', '--eml', file], { cwd, input })
  expect(result).toMatchObject({ code: 0, stderr: '' })
  expect(result.stdout).toContain(`sent      ${input.length} bytes`)
  const [mail] = await suite.mail.list()
  expect(Buffer.from((await suite.mail.raw(mail?.id ?? '')) ?? []).subarray(-input.length)).toEqual(input)
})

/** Runs a command that sends to a peer. */
async function runToPeer(peer: SmtpPeer, more: readonly string[]) {
  const cwd = await emptyFolder()
  const args = ['smtp', 'send', '--server', peer.address, '--from', 'ann@example.org', '--to', 'bob@fourwire.test']
  return runInProcess([...args, '--text', 'Hi', ...more], { cwd })
}

test('encrypts, logs in and requests notifications', async () => {
  const peer = await startPeer({ secure: true })
  const login = ['--user', 'ann', '--password', 'secret']
  const dsn = ['--notify', 'success,failure', '--ret', 'hdrs', '--envid', 'x1']
  const result = await runToPeer(peer, ['--tls', '--cacert', peer.caFile, ...login, ...dsn])
  expect(result).toMatchObject({ code: 0, stderr: '' })
  expect(peer.received).toMatchObject([
    {
      secure: true,
      user: 'ann',
      envelope: { dsn: { ret: 'HDRS', envid: 'x1' }, rcptTo: [{ dsn: { notify: ['SUCCESS', 'FAILURE'] } }] },
    },
  ])
})

test.each([
  ['an unknown authority', ['--starttls'], 1, 'cannot verify the certificate'],
  ['two kinds of encryption', ['--starttls', '--tls'], 2, '--tls and --starttls exclude each other'],
  ['a user without a password', ['--user', 'ann'], 2, '--user needs --password'],
  ['events that exclude each other', ['--notify', 'never,delay'], 2, '--notify: "never,delay" is not valid'],
  ['mx and a server', ['--mx'], 2, 'mx finds the servers itself'],
  ['a missing file of authorities', ['--tls', '--cacert', 'nope.pem'], 2, '--cacert nope.pem: cannot read'],
])('%s: an error message, and nothing is sent', async (_title, more, code, message) => {
  const peer = await startPeer()
  const result = await runToPeer(peer, more)
  expect(result).toMatchObject({ code, stdout: '' })
  expect(result.stderr).toContain(message)
  expect(peer.received).toEqual([])
})

test('-k accepts any certificate, and --starttls-if-offered needs no STARTTLS', async () => {
  const peer = await startPeer()
  expect(await runToPeer(peer, ['--starttls', '-k'])).toMatchObject({ code: 0, stderr: '' })
  const plain = await startPeer({ disabledCommands: ['STARTTLS'] })
  expect(await runToPeer(plain, ['--starttls-if-offered'])).toMatchObject({ code: 0, stderr: '' })
  expect([...peer.received, ...plain.received].map(({ secure }) => secure)).toEqual([true, false])
})

test('--mx shows the exchanger, and what became of each recipient', async () => {
  const cwd = await emptyFolder()
  const suite = await suiteFor({ services: ['dns', 'smtp'], data: path.join(cwd, 'fourwire-data') })
  const recipients = ['bob@fourwire.test', 'eve@missing.fourwire.test'].flatMap(address => ['--to', address])
  const args = ['smtp', 'send', '--mx', '--from', 'ann@example.org', ...recipients, '--text', 'Hi']
  const { code, stdout, stderr } = await runInProcess(args, { cwd })
  expect(stdout.split('\n')).toEqual([
    expect.stringMatching(`^250 .* \\(mail.fourwire.test, 127.0.0.1:${suite.smtp.port}\\)$`),
    expect.stringMatching(/^ {2}sent {6}\d+ bytes$/),
    '  accepted  bob@fourwire.test',
    expect.stringMatching(/^ {2}refused {3}eve@missing\.fourwire\.test: 550 5\.1\.2 cannot find the mail exchanger/),
    '',
  ])
  expect(stderr).toContain('sent, but 1 of 2 recipients refused: eve@missing.fourwire.test: 550')
  expect(code).toBe(1)
})

test('--trace shows the greeting first, continues within TLS, and its times never run backwards', async () => {
  const peer = await startPeer()
  const { code, stderr } = await runToPeer(peer, ['--starttls', '--cacert', peer.caFile, '--trace'])
  expect(code).toBe(0)
  expect(stderr.replaceAll(/ +/g, ' ').split('\n').slice(1, 3)).toEqual([
    ' server greets not seen',
    expect.stringMatching(/^ client has it \+[\d.]+ ms < 220 .* ESMTP$/),
  ])
  const messages = Array.from(stderr.matchAll(/[<>] (\S+)/g), ([, verb]) => verb)
  const pipelined = ['MAIL', 'RCPT', 'DATA', '250', '250', '354']
  const expected = ['220', 'EHLO', '250', 'STARTTLS', '220', 'EHLO', '250', ...pipelined]
  expect(messages.slice(1, 14)).toEqual(expected)
  const times = Array.from(stderr.matchAll(/\+(\d+\.\d+) ms/g), ([, time]) => Number(time))
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})
