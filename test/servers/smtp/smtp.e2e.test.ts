import { expect, test, vi } from 'vitest'
import { send } from '../../../clients/smtp/index.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { openSession } from './start-server.ts'
import { CLOSING, EMPTY_MESSAGE, ENVELOPE, OPENING, sentMessages, TO_DATA } from './transcripts.ts'

test('stores a message, and replies with its id', async () => {
  const { suite, wire } = await openSession()
  await wire.play(`
    S: 220 mail.fourwire.test ESMTP Fourwire
    C: EHLO client.example
    S: 250-mail.fourwire.test greets [127.0.0.1]
    S: 250-PIPELINING
    S: 250-SIZE 10485760
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-CHUNKING
    S: 250-DSN
    S: 250-ENHANCEDSTATUSCODES
    S: 250-AUTH PLAIN LOGIN
    S: 250 HELP
    C: MAIL FROM:<ann@client.example> SIZE=100 BODY=8BITMIME
    S: 250 2.1.0 Sender accepted
    C: RCPT TO:<bob@FourWire.Test>
    S: 250 2.1.5 Recipient accepted
    C: DATA
    S: 354 End data with <CR><LF>.<CR><LF>
    C: Subject: Hello
    C:
    C: Hi.
    C: .
  `)
  const reply = await wire.line()
  await wire.play(CLOSING)
  const [mail] = await suite.mail.list()
  expect(reply).toBe(`250 2.6.0 Message kept as ${mail?.id}`)
  expect(mail?.envelope).toEqual({ from: 'ann@client.example', to: ['bob@FourWire.Test'] })
  const raw = await suite.mail.raw(mail?.id ?? '')
  expect(Buffer.from(raw ?? []).toString()).toMatch(
    /^Received: from client\.example \(\[127\.0\.0\.1\]\)\r\n\tby mail\.fourwire\.test with ESMTP for <bob@FourWire\.Test>;\r\n\t\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000\r\nSubject: Hello\r\n\r\nHi\.\r\n$/,
  )
})

test.each([
  ['another domain', 'eve@example.org'],
  ['a subdomain', 'eve@sub.fourwire.test'],
  ['a domain with the same ending', 'eve@notfourwire.test'],
  ['a domain with the same beginning', 'eve@fourwire.test.example.org'],
  ['an address literal', 'eve@[127.0.0.1]'],
  ['a percent hack', 'eve%fourwire.test@example.org'],
  ['a source route through the server', '@fourwire.test:eve@example.org'],
])('denies relaying: %s', async (_title, recipient) => {
  const { wire } = await openSession()
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<bob@fourwire.test>
    S: 250 2.1.0 Sender accepted
    C: RCPT TO:<${recipient}>
    S: 550 5.7.1 Relaying denied
    C: DATA
    S: 503 5.5.1 No valid recipient; send RCPT first
    ${CLOSING}
  `)
})

test('a rejected recipient does not affect the others', async () => {
  const { suite, wire } = await openSession()
  await wire.play(`
    ${OPENING}
    ${ENVELOPE}
    C: RCPT TO:<eve@example.org>
    S: 550 5.7.1 Relaying denied
    C: RCPT TO:<carol@fourwire.test>
    S: 250 2.1.5 Recipient accepted
    ${EMPTY_MESSAGE}
    ${CLOSING}
  `)
  const [mail] = await suite.mail.list()
  expect(mail?.envelope.to).toEqual(['bob@fourwire.test', 'carol@fourwire.test'])
  const raw = await suite.mail.raw(mail?.id ?? '')
  expect(Buffer.from(raw ?? []).toString(), 'does not disclose recipients to each other').not.toContain('for <')
})

test('accepts mail for every domain if the domains are *', async () => {
  const suite = await suiteFor({ services: ['smtp'], smtp: { domains: ['*'] } })
  const message = { from: 'ann@example.org', to: ['bob@example.net', 'eve@sub.example.com'], text: 'Hi' }
  const { accepted } = await send({ ...message, server: `127.0.0.1:${suite.smtp.port}` })
  expect(accepted).toEqual(message.to)
})

test('accepts mail for the domains of the options only', async () => {
  const { wire } = await openSession({ domains: ['Example.ORG', 'bücher.test'] })
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<ann@client.example>
    S: 250 2.1.0 Sender accepted
    C: RCPT TO:<eve@example.org>
    S: 250 2.1.5 Recipient accepted
    C: RCPT TO:<eve@xn--bcher-kva.test>
    S: 250 2.1.5 Recipient accepted
    C: RCPT TO:<bob@fourwire.test>
    S: 550 5.7.1 Relaying denied
    ${CLOSING}
  `)
})

test('accepts the null sender, and the postmaster without a domain', async () => {
  const { suite, wire } = await openSession()
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<>
    S: 250 2.1.0 Sender accepted
    C: RCPT TO:<PostMaster>
    S: 250 2.1.5 Recipient accepted
    C: DATA
    S: 354 *
    C: Subject: Undelivered
    C: .
    S: 250 2.6.0 Message kept as *
    ${CLOSING}
  `)
  const [mail] = await suite.mail.list()
  expect(mail?.envelope).toEqual({ from: '', to: ['PostMaster'] })
})

test('RSET and EHLO reset the transaction', async () => {
  const { wire } = await openSession()
  await wire.play(`
    ${OPENING}
    ${ENVELOPE}
    C: RSET
    S: 250 2.0.0 Reset
    C: DATA
    S: 503 5.5.1 Send MAIL first
    C: MAIL FROM:<ann@client.example>
    S: 250 2.1.0 Sender accepted
    C: HELO client.example
    S: 250 mail.fourwire.test greets [127.0.0.1]
    C: RCPT TO:<bob@fourwire.test>
    S: 503 5.5.1 Send MAIL first
    ${CLOSING}
  `)
})

test('replies to pipelined commands in order, with two messages in one session', async () => {
  const { suite, wire } = await openSession()
  const envelope =
    'MAIL FROM:<ann@client.example>\r\nRCPT TO:<eve@example.org>\r\nRCPT TO:<bob@fourwire.test>\r\nDATA\r\n'
  const replies = `
    S: 250 2.1.0 Sender accepted
    S: 550 5.7.1 Relaying denied
    S: 250 2.1.5 Recipient accepted
    S: 354 *
  `
  await wire.play(OPENING)
  wire.send(envelope)
  await wire.play(replies)
  wire.send(`first\r\n.\r\n${envelope}`)
  await wire.play(`
    S: 250 2.6.0 *
    ${replies}
    C: second
    C: .
    S: 250 2.6.0 *
    ${CLOSING}
  `)
  expect(await sentMessages(suite)).toEqual(['first\r\n', 'second\r\n'])
})

test('a client that ends its side receives all replies', async () => {
  const { suite, wire } = await openSession()
  wire.socket.end('HELO a\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<bob@fourwire.test>\r\nDATA\r\nhello\r\n.\r\nNOOP\r\n')
  const codes = (await wire.readToEnd()).match(/^\d{3}/gm)
  expect(codes?.join(' ')).toBe('220 250 250 250 354 250 250')
  expect(await suite.mail.list()).toHaveLength(1)
})

test.each([
  ['MAIL before EHLO', 'MAIL FROM:<a@b.c>', '503 5.5.1 Send EHLO or HELO first'],
  ['EHLO without a name', 'EHLO', '501 5.5.4 Syntax: EHLO or HELO with a host name'],
  ['HELO without a name', 'HELO', '501 5.5.4 Syntax: EHLO or HELO with a host name'],
  ['an unknown command', 'XYZZY', '500 5.5.2 Command not recognized'],
  ['an empty line', '', '500 5.5.2 Command not recognized'],
  ['STARTTLS', 'STARTTLS', '502 5.5.1 STARTTLS is not implemented'],
  ['AUTH before EHLO', 'AUTH PLAIN AGEAYg==', '503 5.5.1 Send EHLO or HELO first'],
  ['EXPN', 'EXPN staff', '502 5.5.1 EXPN is not implemented'],
  ['sendmail WIZ', 'WIZ x', '500 5.5.2 Command not recognized'],
  ['XCLIENT', 'XCLIENT ADDR=10.0.0.1', '500 5.5.2 Command not recognized'],
  ['VRFY', 'VRFY bob', '252 2.0.0 Cannot verify; send mail and see'],
  ['VRFY without a name', 'VRFY', '501 5.5.4 Syntax: VRFY address'],
  ['NOOP', 'noop anything', '250 2.0.0 OK'],
  ['DATA with an argument', 'DATA now', '501 5.5.4 DATA takes no argument'],
  ['a line beyond the bound', `NOOP ${'x'.repeat(2000)}`, '500 5.5.2 Line too long'],
])('replies to %s outside of a transaction', async (_title, command, reply) => {
  const { wire } = await openSession()
  await wire.play(`
    S: 220 *
    C: ${command}
    S: ${reply}
    ${CLOSING}
  `)
})

test.each([
  ['a sender without brackets', 'MAIL FROM:a@b.c', '501 5.5.4 Syntax: MAIL FROM:<address> [parameters]'],
  ['a sender without a domain', 'MAIL FROM:<ann>', '553 5.1.7 Not a valid address'],
  ['an invalid size', 'MAIL FROM:<a@b.c> SIZE=big', '501 5.5.4 Invalid value of the parameter SIZE'],
  ['an unsupported body type', 'MAIL FROM:<a@b.c> BODY=BINARYMIME', '501 5.5.4 Invalid value of the parameter BODY'],
  ['an unknown parameter', 'MAIL FROM:<a@b.c> COLOUR=blue', '555 5.5.4 The parameter COLOUR is not implemented'],
  ['RCPT before MAIL', 'RCPT TO:<bob@fourwire.test>', '503 5.5.1 Send MAIL first'],
  ['DATA before RCPT', 'DATA', '503 5.5.1 Send MAIL first'],
  ['but accepts UTF-8 in an address', 'MAIL FROM:<b\xc3\xbc@b.c> SMTPUTF8', '250 2.1.0 Sender accepted'],
])('rejects %s', async (_title, command, reply) => {
  const { wire } = await openSession()
  await wire.play(`
    ${OPENING}
    C: ${command}
    S: ${reply}
    ${CLOSING}
  `)
})

test('accepts one sender per transaction, and no unknown parameters of RCPT', async () => {
  const { wire } = await openSession()
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<ann@client.example>
    S: 250 2.1.0 Sender accepted
    C: MAIL FROM:<ann@client.example>
    S: 503 5.5.1 A mail transaction is open; RSET ends it
    C: RCPT TO:<bob@fourwire.test> COLOUR=blue
    S: 555 5.5.4 The parameter COLOUR is not implemented
    C: RCPT TO:<>
    S: 553 5.1.3 Not a valid address
    ${CLOSING}
  `)
})

test('HELP lists the commands', async () => {
  const { wire } = await openSession()
  await wire.play(`
    S: 220 *
    C: HELP
    S: 214-2.0.0 HELO EHLO MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT AUTH STARTTLS
    S: 214 2.0.0 RFC 5321 specifies them: *
    ${CLOSING}
  `)
})

test('greets without waiting for a timer', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  // With a stopped clock, a greeting that waits for setTimeout would never arrive.
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  try {
    const wire = await Wire.connect(suite.smtp.port)
    await wire.play('S: 220 mail.fourwire.test ESMTP Fourwire')
  } finally {
    vi.useRealTimers()
  }
})

test('traces the conversation in both directions with its state', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const recorder = recordEvents(suite.trace)
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`
    ${TO_DATA}
    C: Subject: Hello
    C: .
    S: 250 2.6.0 Message kept as *
    ${CLOSING}
  `)
  wire.socket.end()
  await recorder.until(event => event.kind === 'close')
  const lines = recorder.lines()
  const [mail] = await suite.mail.list()
  expect(lines).toEqual([
    'open control',
    'message response 0 220 mail.fourwire.test ESMTP Fourwire',
    'message request 1 EHLO client.example',
    'message response 1 250 mail.fourwire.test greets [127.0.0.1] (and 9 more lines)',
    'message request 2 MAIL FROM:<ann@client.example>',
    'message response 2 250 2.1.0 Sender accepted',
    'state control',
    'message request 3 RCPT TO:<bob@fourwire.test>',
    'sql state control',
    'sql message request 1 select * from "accounts" where "name" = ?',
    'sql message request 2 select * from "mailboxes" where "name" = ?',
    'sql message response 1 0 rows',
    'sql message response 2 0 rows',
    'message response 3 250 2.1.5 Recipient accepted',
    'message request 4 DATA',
    'message response 4 354 End data with <CR><LF>.<CR><LF>',
    'transfer request 5 16 bytes of mail, Subject: Hello',
    'sql message request 3 begin; insert into "messages"; insert into "contents"; insert into "deliveries"; insert into "mailboxes"; commit',
    'sql message response 3 committed',
    `message response 5 250 2.6.0 Message kept as ${mail?.id}`,
    'state control',
    'message request 6 QUIT',
    'message response 6 221 2.0.0 Bye',
    'close control',
  ])
  expect(
    recorder
      .of('smtp')
      .filter(event => event.kind === 'state')
      .map(event => event.summary),
  ).toEqual(['mail transaction begun, from <ann@client.example>', 'mail transaction ended: the message was accepted'])
})

test('two suites in one process are independent', async () => {
  const first = await suiteFor({ services: ['smtp'] })
  const second = await suiteFor({ services: ['smtp'], smtp: { name: 'other.test', domains: ['other.test'] } })
  const recorder = recordEvents(second.trace)
  const wire = await Wire.connect(first.smtp.port)
  await wire.play(`
    ${TO_DATA}
    C: .
    S: 250 2.6.0 *
    ${CLOSING}
  `)
  expect(recorder.events).toEqual([])
  expect(await first.mail.list()).toHaveLength(1)
  expect(await second.mail.list()).toHaveLength(0)
  const other = await Wire.connect(second.smtp.port)
  await other.play('S: 220 other.test ESMTP Fourwire')
})
