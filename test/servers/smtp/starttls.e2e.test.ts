import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import type { Suite } from '../../../shared/launcher/index.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { CLOSING, ENVELOPE, HELLO_OVER_TLS, HELLO_WITH_TLS } from './transcripts.ts'

const GREETING = 'S: 220 mail.fourwire.test ESMTP Fourwire'
const STARTTLS = `
  C: STARTTLS
  S: 220 2.0.0 Ready to start TLS
`
const MESSAGE = `
  ${ENVELOPE}
  C: DATA
  S: 354 *
  C: Subject: secret
  C: .
  S: 250 2.6.0 Message kept as *
`

const startSuite = () => suiteFor({ services: ['smtp'], tls: true })

function tlsPortOf({ endpoints }: Pick<Suite, 'endpoints'>): number {
  return endpoints.find(({ transport }) => transport === 'tls')?.port ?? 0
}

async function connectAndStartTls(port: number): Promise<Wire> {
  const plain = await Wire.connect(port)
  await plain.play(`${GREETING}\n${HELLO_WITH_TLS}\n${STARTTLS}`)
  return plain.startTls()
}

test('accepts mail after STARTTLS, with the certificate of the suite', async () => {
  const suite = await startSuite()
  const wire = await connectAndStartTls(suite.smtp.port)
  expect((wire.socket as TLSSocket).getPeerCertificate().subjectaltname).toContain('DNS:*.fourwire.test')
  await wire.play(`${HELLO_OVER_TLS}\n${MESSAGE}\n${CLOSING}`)
  const [mail] = await suite.mail.list()
  expect(Buffer.from((await suite.mail.raw(mail?.id ?? '')) ?? []).toString()).toContain('with ESMTPS for <bob@')
})

test('accepts mail over TLS from the first byte', async () => {
  const suite = await startSuite()
  const wire = await Wire.connectTls(tlsPortOf(suite))
  await wire.play(`${GREETING}\n${HELLO_OVER_TLS}\n${MESSAGE}\n${CLOSING}`)
  expect(await suite.mail.list()).toHaveLength(1)
})

test('offers STARTTLS neither without a certificate nor within TLS', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const plain = await Wire.connect(suite.smtp.port)
  await plain.play(`
    ${GREETING}
    C: STARTTLS
    S: 502 5.5.1 STARTTLS is not implemented
    ${CLOSING}
  `)
  const secure = await connectAndStartTls((await startSuite()).smtp.port)
  await secure.play(`
    ${HELLO_OVER_TLS}
    C: STARTTLS
    S: 503 5.5.1 TLS is active already
    ${CLOSING}
  `)
})

test('STARTTLS with an argument is a syntax error', async () => {
  const suite = await startSuite()
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`
    ${GREETING}
    C: STARTTLS now
    S: 501 5.5.4 STARTTLS takes no argument
    ${CLOSING}
  `)
})

test('forgets the session before STARTTLS (RFC 3207, section 4.2)', async () => {
  const suite = await startSuite()
  const plain = await Wire.connect(suite.smtp.port)
  await plain.play(`
    ${GREETING}
    ${HELLO_WITH_TLS}
    C: AUTH PLAIN ${Buffer.from('\0alice\0wonderland').toString('base64')}
    S: 235 2.7.0 Authentication successful
    ${ENVELOPE}
    ${STARTTLS}
  `)
  const wire = await plain.startTls()
  await wire.play(`
    C: DATA
    S: 503 5.5.1 Send EHLO or HELO first
    ${HELLO_OVER_TLS}
    C: DATA
    S: 503 5.5.1 Send MAIL first
    C: AUTH PLAIN ${Buffer.from('\0bob\0builder').toString('base64')}
    S: 235 2.7.0 Authentication successful
    ${CLOSING}
  `)
})

/** CVE-2011-0411: commands that an attacker puts into the clear text must not run within TLS. */
test.each([
  ['one command', 'NOOP\r\n'],
  ['a part of a command', 'MAIL FROM:<eve@example.org>'],
  ['a message', 'EHLO x\r\nMAIL FROM:<e@x.test>\r\nRCPT TO:<bob@fourwire.test>\r\nDATA\r\nx\r\n.\r\n'],
  ['more commands than run at once', 'RSET\r\n'.repeat(250)],
])('drops bytes in the clear after STARTTLS: %s', async (_title, injected) => {
  const suite = await startSuite()
  const plain = await Wire.connect(suite.smtp.port)
  await plain.play(`${GREETING}\n${HELLO_WITH_TLS}`)
  plain.send(`STARTTLS\r\n${injected}`)
  await plain.play('S: 220 2.0.0 Ready to start TLS')
  const wire = await plain.startTls()
  await wire.play(`${HELLO_OVER_TLS}\n${CLOSING}`)
  expect(await suite.mail.list()).toEqual([])
})

test('traces what is within TLS, after the handshake of STARTTLS', async () => {
  const suite = await startSuite()
  const recorder = recordEvents(suite.trace)
  const wire = await connectAndStartTls(suite.smtp.port)
  await wire.play(`${HELLO_OVER_TLS}\n${MESSAGE}\n${CLOSING}`)
  wire.socket.end()
  await recorder.until(event => event.kind === 'close')
  const lines = recorder.lines()
  const [mail] = await suite.mail.list()
  expect(lines).toEqual([
    'open control',
    'message response 0 220 mail.fourwire.test ESMTP Fourwire',
    'message request 1 EHLO client.example',
    'message response 1 250 mail.fourwire.test greets [127.0.0.1] (and 10 more lines)',
    'message request 2 STARTTLS',
    'message response 2 220 2.0.0 Ready to start TLS',
    'state control',
    'message request 3 EHLO client.example',
    'message response 3 250 mail.fourwire.test greets [127.0.0.1] (and 9 more lines)',
    'message request 4 MAIL FROM:<ann@client.example>',
    'message response 4 250 2.1.0 Sender accepted',
    'state control',
    'message request 5 RCPT TO:<bob@fourwire.test>',
    'sql state control',
    'sql message request 1 select * from "accounts" where "name" = ?',
    'sql message request 2 select * from "mailboxes" where "name" = ?',
    'sql message response 1 0 rows',
    'sql message response 2 0 rows',
    'message response 5 250 2.1.5 Recipient accepted',
    'message request 6 DATA',
    'message response 6 354 End data with <CR><LF>.<CR><LF>',
    'transfer request 7 17 bytes of mail, Subject: secret',
    'sql message request 3 begin; insert into "messages"; insert into "contents"; insert into "deliveries"; insert into "mailboxes"; commit',
    'sql message response 3 committed',
    `message response 7 250 2.6.0 Message kept as ${mail?.id}`,
    'state control',
    'message request 8 QUIT',
    'message response 8 221 2.0.0 Bye',
    'close control',
  ])
})

test('traces TLS from the first byte once', async () => {
  const suite = await startSuite()
  const recorder = recordEvents(suite.trace)
  const wire = await Wire.connectTls(tlsPortOf(suite))
  await wire.play(`
    ${GREETING}
    C: NOOP
    S: 250 2.0.0 OK
    ${CLOSING}
  `)
  wire.socket.end()
  await recorder.until(event => event.kind === 'close')
  expect(recorder.lines()).toEqual([
    'open control',
    'message response 0 220 mail.fourwire.test ESMTP Fourwire',
    'message request 1 NOOP',
    'message response 1 250 2.0.0 OK',
    'message request 2 QUIT',
    'message response 2 221 2.0.0 Bye',
    'close control',
  ])
})

test('a failed handshake ends the connection, in the trace too, and the server serves others', async () => {
  const suite = await startSuite()
  const recorder = recordEvents(suite.trace)
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`${GREETING}\n${HELLO_WITH_TLS}\n${STARTTLS}`)
  wire.send('this is not TLS\r\n')
  await wire.readToEnd()
  await recorder.until(event => event.kind === 'close')
  expect(recorder.events.map(({ summary }) => summary)).toContain('TLS handshake failed: wrong version number')
  const next = await connectAndStartTls(suite.smtp.port)
  await next.play(`${HELLO_OVER_TLS}\n${CLOSING}`)
})

test('a client that does not begin the handshake is disconnected in time', async () => {
  const suite = await suiteFor({ services: ['smtp'], tls: true, smtp: { commandTimeout: 1000 } })
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`${GREETING}\n${HELLO_WITH_TLS}\n${STARTTLS}`)
  expect(await wire.readToEnd()).toBe('')
})

test('a client that ends its side in the middle of the handshake is disconnected at once', async () => {
  const suite = await startSuite()
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`${GREETING}\n${HELLO_WITH_TLS}\n${STARTTLS}`)
  wire.socket.end()
  expect(await wire.readToEnd()).toBe('')
})

test('a client that ends its side within TLS receives all replies', async () => {
  const suite = await startSuite()
  const wire = await connectAndStartTls(suite.smtp.port)
  wire.socket.end('HELO a\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<bob@fourwire.test>\r\nDATA\r\nhello\r\n.\r\nNOOP\r\n')
  const codes = (await wire.readToEnd()).match(/^\d{3}/gm)
  expect(codes?.join(' ')).toBe('250 250 250 354 250 250')
})

test('forty connections with STARTTLS end without one that still counts as open', async () => {
  const suite = await suiteFor({ services: ['smtp'], tls: true, drainTime: 60_000, smtp: { maxPerAddress: 40 } })
  const recorder = recordEvents(suite.trace)
  const connectAll = () => Promise.all(Array.from({ length: 40 }, () => connectAndStartTls(suite.smtp.port)))
  const wires = await connectAll()
  const tooMany = await Wire.connect(suite.smtp.port)
  await tooMany.play(`
    S: 421 mail.fourwire.test has too many clients, try again later
    S: (closed)
  `)
  tooMany.socket.destroy()
  const closed = recorder.untilCount(event => event.kind === 'close', 41)
  // Some clients end in good order, others without a word.
  for (const [index, { socket }] of wires.entries()) {
    if (index % 2 === 0) socket.end('QUIT\r\n')
    else socket.destroy()
  }
  await closed
  for (const { socket } of await connectAll()) socket.destroy()
  // Waits for every open connection, up to the drain time.
  await suite.close()
})

test('a connection that begins TLS while the server closes does not keep it open', async () => {
  const suite = await suiteFor({ services: ['smtp'], tls: true, drainTime: 60_000 })
  const plain = await Wire.connect(suite.smtp.port)
  await plain.play(`${GREETING}\n${HELLO_WITH_TLS}\n${ENVELOPE}`)
  const closed = suite.close()
  await plain.play(STARTTLS)
  const wire = await plain.startTls()
  await wire.play(`
    S: 421 4.3.2 mail.fourwire.test is shutting down
    S: (closed)
  `)
  await closed
})
