import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import { createTransport } from 'nodemailer'
import { expect, test } from 'vitest'
import type { Suite } from '../../shared/launcher/index.ts'
import { emptyFolder } from '../helpers/cli.ts'
import { suiteFor } from '../helpers/suite.ts'
import { requireTool, runTool, type Tool, type ToolResult } from './tools.ts'

const FROM = 'ann@example.org'
const BOB = 'bob@fourwire.test'

/** The files in the working folder of the program, by name. */
const FILES: Readonly<Record<string, Buffer>> = {
  'mail.eml': Buffer.from(
    'From: ann@example.org\r\nSubject: by hand\r\n\r\n.dot\r\n..dots\r\n.\r\nGr\xfc\xdfe\r\n',
    'latin1',
  ),
  'numbers.bin': Buffer.from(Array.from({ length: 3000 }, (_, index) => index % 251)),
  'big.eml': Buffer.from(`Subject: big\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(140_000)}`),
}

const PYTHON = `
import smtplib, ssl, sys
from email.message import EmailMessage
m = EmailMessage()
m['From'], m['To'], m['Subject'] = 'ann@example.org', 'bob@fourwire.test, eve@example.org', 'Gr\\u00fc\\u00dfe'
m.set_content('.dot\\n..dots\\nGr\\u00fc\\u00dfe\\n')
m.add_attachment(open('numbers.bin', 'rb').read(), maintype='application', subtype='octet-stream', filename='numbers.bin')
with smtplib.SMTP('127.0.0.1', int(sys.argv[1])) as s:
    print(s.ehlo()[0], s.has_extn('size'), s.has_extn('pipelining'), s.has_extn('chunking'), s.has_extn('dsn'))
    s.starttls(context=ssl._create_unverified_context())
    s.login('alice', 'wonderland')
    print(s.send_message(m, mail_options=['RET=HDRS'], rcpt_options=['NOTIFY=NEVER']))
    print(s.verify('bob'))
    try:
        s.sendmail('ann@example.org', ['eve@example.org'], b'Subject: x\\r\\n\\r\\n')
    except smtplib.SMTPRecipientsRefused as e:
        print(e.recipients)
    print(s.rset(), s.noop())
`

interface Row {
  readonly title: string
  readonly tool: Tool
  /** `PORT`, `TLS` and `CA` stand for the ports of the server and the file of its authority. */
  readonly args: readonly string[]
  /** Standard input: the name of a file, or text. */
  readonly input?: string
  readonly code: number
  /** Parts of standard output or standard error. */
  readonly output: readonly (string | RegExp)[]
  /** The recipients of each message in the mailbox afterwards. */
  readonly stored: readonly (readonly string[])[]
  /** Checks the last message. */
  readonly check?: (raw: Buffer) => Promise<void> | void
}

const SWAKS = ['--server', '127.0.0.1:PORT', '--from', FROM, '--helo', 'client.example']
const MSMTP = ['--host=127.0.0.1', `--from=${FROM}`, '--tls=on', '--tls-trust-file=CA', '--debug']
const CURL = ['-sS', 'smtp://127.0.0.1:PORT/client.example', '--mail-from', FROM]

const ROWS: readonly Row[] = [
  {
    title: 'swaks sends a message',
    tool: 'swaks',
    args: [...SWAKS, '--to', BOB, '--header', 'Subject: hello', '--body', '.dot\\n..dots'],
    code: 0,
    output: ['<-  220 mail.fourwire.test ESMTP Fourwire', '<-  250 2.6.0 Message kept as', '<-  221 2.0.0 Bye'],
    stored: [[BOB]],
    check: async raw => {
      expect(raw.toString()).toMatch(
        /^Received: from client\.example \(\[127\.0\.0\.1\]\)\r\n\tby mail\.fourwire\.test with ESMTP for/,
      )
      expect(await simpleParser(raw)).toMatchObject({
        subject: 'hello',
        text: expect.stringContaining('.dot\n..dots\n'),
      })
    },
  },
  {
    title: 'swaks attaches a file',
    tool: 'swaks',
    args: [...SWAKS, '--to', BOB, '--attach', '@numbers.bin'],
    code: 0,
    output: ['250 2.6.0 Message kept as'],
    stored: [[BOB]],
    check: async raw => {
      const { attachments } = await simpleParser(raw)
      expect(attachments.map(({ content }) => content)).toContainEqual(FILES['numbers.bin'])
    },
  },
  {
    title: 'swaks sends to several recipients',
    tool: 'swaks',
    args: [...SWAKS, '--to', `${BOB},carol@fourwire.test,postmaster`],
    code: 0,
    output: ['250 2.6.0 Message kept as'],
    stored: [[BOB, 'carol@fourwire.test', 'postmaster']],
  },
  {
    title: 'swaks cannot relay',
    tool: 'swaks',
    args: [...SWAKS, '--to', 'eve@example.org'],
    code: 24,
    output: ['<** 550 5.7.1 Relaying denied'],
    stored: [],
  },
  {
    title: 'swaks sends a bounce',
    tool: 'swaks',
    args: ['--server', '127.0.0.1:PORT', '--from', '<>', '--to', BOB],
    code: 0,
    output: ['MAIL FROM:<>', '250 2.6.0 Message kept as'],
    stored: [[BOB]],
  },
  {
    title: 'swaks pipelines',
    tool: 'swaks',
    args: [...SWAKS, '--pipeline', '--to', `${BOB},eve@example.org`],
    code: 0,
    output: [/-> DATA\n<- {2}250 2\.1\.0/, '<** 550 5.7.1 Relaying denied', '250 2.6.0 Message kept as'],
    stored: [[BOB]],
  },
  {
    title: 'swaks sends a message beyond the maximum size',
    tool: 'swaks',
    args: [...SWAKS, '--to', BOB, '--data', '@big.eml', '--hide-send'],
    code: 26,
    output: ['<** 552 5.3.4 The message is larger than 10485760 bytes'],
    stored: [],
  },
  ...['PLAIN', 'LOGIN'].map(mechanism => ({
    title: `swaks signs in with ${mechanism}`,
    tool: 'swaks' as const,
    args: [...SWAKS, '--to', BOB, '--auth', mechanism, '--auth-user', 'alice', '--auth-password', 'wonderland'],
    code: 0,
    output: ['<-  235 2.7.0 Authentication successful'],
    stored: [[BOB]],
  })),
  {
    title: 'swaks signs in with a wrong password',
    tool: 'swaks',
    args: [...SWAKS, '--to', BOB, '--auth', 'PLAIN', '--auth-user', 'alice', '--auth-password', 'wrong'],
    code: 28,
    output: ['<** 535 5.7.8 User name or password is wrong'],
    stored: [],
  },
  {
    title: 'swaks uses STARTTLS, verifies the certificate, and signs in',
    tool: 'swaks',
    args: [
      ...SWAKS,
      '--to',
      BOB,
      '--tls',
      '--tls-verify',
      '--tls-ca-path',
      'CA',
      '--auth',
      '--auth-user',
      'alice',
      '--auth-password',
      'wonderland',
    ],
    code: 0,
    output: ['=== TLS started with cipher', '<~  235 2.7.0 Authentication successful', '<~  250 2.6.0 Message kept as'],
    stored: [[BOB]],
    check: raw => expect(raw.toString()).toContain('with ESMTPSA for <bob@fourwire.test>'),
  },
  {
    title: 'swaks uses TLS from the first byte',
    tool: 'swaks',
    args: ['--server', '127.0.0.1', '--port', 'TLS', '--tls-on-connect', '--from', FROM, '--to', BOB],
    code: 0,
    output: ['=== TLS started with cipher', '<~  250 2.6.0 Message kept as'],
    stored: [[BOB]],
  },
  {
    title: 'swaks pipelines within TLS',
    tool: 'swaks',
    args: [...SWAKS, '--tls', '--pipeline', '--to', `${BOB},carol@fourwire.test`],
    code: 0,
    output: ['<~  250 2.6.0 Message kept as'],
    stored: [[BOB, 'carol@fourwire.test']],
  },
  {
    title: 'swaks quits after each step',
    tool: 'swaks',
    args: [...SWAKS, '--to', BOB, '--quit-after', 'RCPT'],
    code: 0,
    output: ['<-  250 2.1.5 Recipient accepted', '<-  221 2.0.0 Bye'],
    stored: [],
  },
  {
    title: 'swaks greets with HELO',
    tool: 'swaks',
    args: [...SWAKS, '--to', BOB, '--protocol', 'SMTP'],
    code: 0,
    output: [' -> HELO client.example', '250 2.6.0 Message kept as'],
    stored: [[BOB]],
    check: raw => expect(raw.toString()).toContain('with SMTP for'),
  },
  {
    title: 'curl verifies the certificate after STARTTLS, and signs in',
    tool: 'curl',
    args: [...CURL, '--ssl-reqd', '--cacert', 'CA', '--user', 'alice:wonderland', '--mail-rcpt', BOB, '-T', 'mail.eml'],
    code: 0,
    output: [],
    stored: [[BOB]],
    check: raw => expect(raw.toString()).toContain('with ESMTPSA for'),
  },
  {
    title: 'curl uses smtps',
    tool: 'curl',
    args: ['-sS', 'smtps://127.0.0.1:TLS', '--cacert', 'CA', '--mail-from', FROM, '--mail-rcpt', BOB, '-T', 'mail.eml'],
    code: 0,
    output: [],
    stored: [[BOB]],
    check: raw => expect(raw.toString()).toContain('with ESMTPS for'),
  },
  {
    title: 'curl signs in with LOGIN and a wrong password',
    tool: 'curl',
    args: [...CURL, '--login-options', 'AUTH=LOGIN', '--user', 'alice:wrong', '--mail-rcpt', BOB, '-T', 'mail.eml'],
    code: 67,
    output: ['Login denied'],
    stored: [],
  },
  {
    title: 'msmtp uses STARTTLS and signs in',
    tool: 'msmtp',
    args: [
      ...MSMTP,
      '--port=PORT',
      '--tls-starttls=on',
      '--auth=plain',
      '--user=alice',
      '--passwordeval=echo wonderland',
      BOB,
    ],
    input: 'mail.eml',
    code: 0,
    output: [],
    stored: [[BOB]],
    check: raw => expect(raw.toString()).toContain('with ESMTPSA for'),
  },
  {
    title: 'msmtp uses TLS from the first byte, with delivery status parameters',
    tool: 'msmtp',
    args: [...MSMTP, '--port=TLS', '--tls-starttls=off', '--dsn-notify=success,delay', '--dsn-return=headers', BOB],
    input: 'mail.eml',
    code: 0,
    output: [],
    stored: [[BOB]],
  },
  {
    title: 'msmtp shows what the server offers',
    tool: 'msmtp',
    args: [...MSMTP, '--port=PORT', '--tls-starttls=on', '--serverinfo'],
    code: 0,
    output: ['SIZE 10485760:', 'PIPELINING:', 'STARTTLS:', 'DSN:', 'PLAIN LOGIN'],
    stored: [],
  },
  {
    title: 'openssl s_client uses STARTTLS',
    tool: 'openssl',
    args: 's_client -starttls smtp -connect 127.0.0.1:PORT -CAfile CA -verify_return_error -crlf -quiet'.split(' '),
    input: `EHLO x\nMAIL FROM:<${FROM}>\nrCPT TO:<${BOB}>\nDATA\nSubject: by openssl\n\n.\nquit\n`,
    code: 0,
    output: ['250 2.6.0 Message kept as', '221 2.0.0 Bye'],
    stored: [[BOB]],
  },
  {
    title: 'curl sends a message byte for byte',
    tool: 'curl',
    args: [...CURL, '--mail-rcpt', BOB, '-T', 'mail.eml'],
    code: 0,
    output: [],
    stored: [[BOB]],
    check: raw => {
      const sent = FILES['mail.eml'] ?? Buffer.alloc(0)
      expect(raw.subarray(-sent.length).toString('latin1')).toBe(sent.toString('latin1'))
    },
  },
  {
    title: 'curl sends to several recipients',
    tool: 'curl',
    args: [...CURL, '--mail-rcpt', BOB, '--mail-rcpt', 'carol@fourwire.test', '-T', 'mail.eml'],
    code: 0,
    output: [],
    stored: [[BOB, 'carol@fourwire.test']],
  },
  {
    title: 'curl cannot relay',
    tool: 'curl',
    args: [...CURL, '--mail-rcpt', 'eve@example.org', '-T', 'mail.eml'],
    code: 55,
    output: ['RCPT failed: 550'],
    stored: [],
  },
  {
    title: 'curl announces a size beyond the maximum',
    tool: 'curl',
    args: [...CURL, '--mail-rcpt', BOB, '-T', 'big.eml'],
    code: 55,
    output: ['MAIL failed: 552'],
    stored: [],
  },
  {
    title: 'curl sends VRFY and HELP',
    tool: 'curl',
    args: ['-sS', 'smtp://127.0.0.1:PORT', '--mail-rcpt', 'bob', 'smtp://127.0.0.1:PORT', '-X', 'HELP'],
    code: 0,
    output: ['214-2.0.0 HELO EHLO MAIL RCPT'],
    stored: [],
  },
  {
    title: 'smtplib of Python sends a message, is rejected, and continues',
    tool: 'python3',
    args: ['-c', PYTHON, 'PORT'],
    code: 0,
    output: [
      '250 True True True True',
      "{'eve@example.org': (550, b'5.7.1 Relaying denied')}\n(252, b'2.0.0 Cannot verify; send mail and see')",
      "(250, b'2.0.0 Reset') (250, b'2.0.0 OK')",
    ],
    stored: [[BOB]],
    check: async raw => {
      const { subject, text, attachments } = await simpleParser(raw)
      expect({ subject, text }).toEqual({ subject: 'Grüße', text: '.dot\n..dots\nGrüße\n' })
      expect(attachments.map(({ content }) => content)).toEqual([FILES['numbers.bin']])
    },
  },
]

for (const row of ROWS) {
  test(row.title, async context => {
    requireTool(row.tool, context)
    const suite = await suiteFor({ services: ['smtp'], tls: true })
    const { code, stdout, stderr } = await run(row, suite)
    const output = stdout + stderr
    expect(code, output).toBe(row.code)
    for (const part of row.output) expect(output).toMatch(part)
    const mails = await suite.mail.list()
    expect(mails.map(mail => mail.envelope.to)).toEqual(row.stored)
    const raw = await suite.mail.raw(mails.at(-1)?.id ?? '')
    await row.check?.(Buffer.from(raw ?? []))
  })
}

test('nodemailer uses STARTTLS, signs in and sends a delivery status request', async () => {
  const suite = await suiteFor({ services: ['smtp'], tls: true })
  const transport = createTransport({
    host: '127.0.0.1',
    port: suite.smtp.port,
    requireTLS: true,
    tls: { ca: suite.tls?.ca },
    auth: { user: 'alice', pass: 'wonderland' },
  })
  const dsn = { id: 'id 1', return: 'headers', notify: ['failure', 'delay'], recipient: BOB }
  const { response } = await transport.sendMail({ from: FROM, to: BOB, subject: 'Grüße', text: '.dot\n..dots', dsn })
  transport.close()
  const [mail] = await suite.mail.list()
  expect(response).toBe(`250 2.6.0 Message kept as ${mail?.id}`)
  expect(mail).toMatchObject({
    account: 'alice',
    subject: 'Grüße',
    parameters: { ret: 'HDRS', envid: 'id 1' },
    recipientParameters: [{ notify: ['FAILURE', 'DELAY'], orcpt: `rfc822;${BOB}` }],
  })
})

/** Runs a program in a folder with the files. */
async function run({ tool, args, input }: Row, suite: Suite<'smtp'>): Promise<ToolResult> {
  const cwd = await emptyFolder()
  for (const [name, bytes] of Object.entries(FILES)) await writeFile(path.join(cwd, name), bytes)
  const tlsPort = suite.endpoints.find(({ transport }) => transport === 'tls')?.port
  const values: Record<string, string> = {
    PORT: String(suite.smtp.port),
    TLS: String(tlsPort),
    CA: suite.tls?.caFile ?? '',
  }
  return runTool(
    tool,
    args.map(arg => arg.replace(/\b(?:PORT|TLS|CA)\b/, name => values[name] ?? name)),
    { cwd, ...(input === undefined ? {} : { input: FILES[input] ?? input }) },
  )
}
