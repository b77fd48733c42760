/** The order and the syntax of commands (RFC 5321, sections 3.3 and 4.1), one transcript each. */
import { expect, test } from 'vitest'
import { openSession } from './start-server.ts'
import { CLOSING, EMPTY_MESSAGE, ENVELOPE, OPENING } from './transcripts.ts'

const UTF8 = (text: string) => Buffer.from(text).toString('latin1')

const MAIL = `
  C: MAIL FROM:<ann@client.example>
  S: 250 2.1.0 Sender accepted
`

test.each([
  [
    'MAIL, RCPT, DATA and BDAT before EHLO',
    `
    S: 220 *
    C: MAIL FROM:<ann@client.example>
    S: 503 5.5.1 Send EHLO or HELO first
    C: RCPT TO:<bob@fourwire.test>
    S: 503 5.5.1 Send EHLO or HELO first
    C: DATA
    S: 503 5.5.1 Send EHLO or HELO first
    C: BDAT 0
    S: 503 5.5.1 Send EHLO or HELO first
    `,
  ],
  [
    'commands that need no EHLO',
    `
    S: 220 *
    C: NOOP
    S: 250 2.0.0 OK
    C: RSET
    S: 250 2.0.0 Reset
    C: VRFY bob
    S: 252 2.0.0 Cannot verify; send mail and see
    `,
  ],
  [
    'nested MAIL',
    `
    ${OPENING}
    ${MAIL}
    C: MAIL FROM:<eve@client.example>
    S: 503 5.5.1 A mail transaction is open; RSET ends it
    C: RCPT TO:<bob@fourwire.test>
    S: 250 2.1.5 Recipient accepted
    `,
  ],
  [
    'RCPT before MAIL',
    `
    ${OPENING}
    C: RCPT TO:<bob@fourwire.test>
    S: 503 5.5.1 Send MAIL first
    `,
  ],
  [
    'DATA without a recipient',
    `
    ${OPENING}
    C: DATA
    S: 503 5.5.1 Send MAIL first
    ${MAIL}
    C: DATA
    S: 503 5.5.1 No valid recipient; send RCPT first
    C: RCPT TO:<eve@example.org>
    S: 550 5.7.1 Relaying denied
    C: DATA
    S: 503 5.5.1 No valid recipient; send RCPT first
    `,
  ],
  [
    'EHLO ends a transaction, a rejected EHLO does not',
    `
    ${OPENING}
    ${ENVELOPE}
    C: EHLO two words
    S: 501 5.5.4 Syntax: EHLO or HELO with a host name
    C: HELO ${'x'.repeat(256)}
    S: 501 5.5.4 Not a host name
    C: RCPT TO:<carol@fourwire.test>
    S: 250 2.1.5 Recipient accepted
    C: HELO client.example
    S: 250 mail.fourwire.test greets [127.0.0.1]
    C: DATA
    S: 503 5.5.1 Send MAIL first
    `,
  ],
  [
    'over-long lines and paths',
    `
    ${OPENING}
    C: MAIL FROM:<${'x'.repeat(65)}@client.example>
    S: 553 5.1.7 Address too long
    C: MAIL FROM:<ann@${'x.'.repeat(128)}test>
    S: 553 5.1.7 Address too long
    C: MAIL FROM:<ann@client.example> ENVID=${'x'.repeat(1600)}
    S: 500 5.5.2 Line too long
    ${MAIL}
    C: RCPT TO:<${'x'.repeat(65)}@fourwire.test>
    S: 553 5.1.3 Address too long
    `,
  ],
  [
    'unknown and malformed parameters',
    `
    ${OPENING}
    C: MAIL FROM:<ann@client.example> COLOUR=blue
    S: 555 5.5.4 The parameter COLOUR is not implemented
    C: MAIL FROM:<ann@client.example> SIZE=+31
    S: 501 5.5.4 Invalid value of the parameter SIZE
    C: MAIL FROM:<ann@client.example> SIZE=1 SIZE=2
    S: 501 5.5.4 Invalid value of the parameter SIZE
    C: MAIL FROM:<ann@client.example> =1
    S: 501 5.5.4 Syntax: MAIL FROM:<address> [parameters]
    ${MAIL}
    C: RCPT TO:<bob@fourwire.test> COLOUR=blue
    S: 555 5.5.4 The parameter COLOUR is not implemented
    `,
  ],
  [
    'a source route, which is ignored (appendix C)',
    `
    ${OPENING}
    C: MAIL FROM:<@a.example,@b.example:ann@client.example>
    S: 250 2.1.0 Sender accepted
    C: RCPT TO:<@fourwire.test:bob@fourwire.test>
    S: 250 2.1.5 Recipient accepted
    `,
  ],
  [
    'quoted local parts',
    `
    ${OPENING}
    C: MAIL FROM:<"john doe"@client.example>
    S: 250 2.1.0 Sender accepted
    C: RCPT TO:<"a@b"@fourwire.test>
    S: 250 2.1.5 Recipient accepted
    C: RCPT TO:<"a\\"b>c"@fourwire.test>
    S: 250 2.1.5 Recipient accepted
    C: RCPT TO:<"a"b@fourwire.test>
    S: 553 5.1.3 Not a valid address
    `,
  ],
  [
    'address literals',
    `
    ${OPENING}
    C: MAIL FROM:<ann@[192.0.2.1]>
    S: 250 2.1.0 Sender accepted
    C: RCPT TO:<bob@[IPv6:2001:db8::1]>
    S: 550 5.7.1 Relaying denied
    C: RCPT TO:<bob@[192.0.2.256]>
    S: 553 5.1.3 Not a valid address
    `,
  ],
  [
    'the null sender, which is not a recipient',
    `
    ${OPENING}
    C: MAIL FROM:<>
    S: 250 2.1.0 Sender accepted
    C: RCPT TO:<>
    S: 553 5.1.3 Not a valid address
    `,
  ],
  [
    'addresses that need SMTPUTF8',
    `
    ${OPENING}
    C: MAIL FROM:<${UTF8('bücher')}@client.example>
    S: 553 5.6.7 The address has characters that need SMTPUTF8 on MAIL
    ${MAIL}
    C: RCPT TO:<${UTF8('bücher')}@fourwire.test>
    S: 553 5.6.7 The address has characters that need SMTPUTF8 on MAIL
    C: RSET
    S: 250 2.0.0 Reset
    C: MAIL FROM:<ann@client.example> SMTPUTF8
    S: 250 2.1.0 Sender accepted
    C: RCPT TO:<${UTF8('bücher')}@fourwire.test>
    S: 250 2.1.5 Recipient accepted
    `,
  ],
  [
    'a line that is not UTF-8',
    `
    ${OPENING}
    C: MAIL FROM:<\xfc@client.example> SMTPUTF8
    S: 501 5.5.2 The line is not valid UTF-8
    `,
  ],
])('%s', async (_title, transcript) => {
  const { wire } = await openSession()
  await wire.play(`${transcript}\n${CLOSING}`)
})

test('an extension that was rejected leaves no mark on the next transaction', async () => {
  const { suite, wire } = await openSession()
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<ann@client.example> SMTPUTF8 FOO
    S: 555 5.5.4 The parameter FOO is not implemented
    ${ENVELOPE}
    ${EMPTY_MESSAGE}
    ${CLOSING}
  `)
  const [mail] = await suite.mail.list()
  expect(mail?.parameters).toEqual({})
  expect(Buffer.from((await suite.mail.raw(mail?.id ?? '')) ?? []).toString()).toContain('with ESMTP for')
})

test('keeps addresses as they were sent, and delivers to the mailbox in any case (RFC 5321, section 2.4)', async () => {
  const { suite, wire } = await openSession({ domains: ['fourwire.test', 'xn--bcher-kva.test'] })
  const recipients = ['Bob@fourwire.test', 'bob@fourwire.test', '"john doe"@FourWire.Test', 'bob@xn--bcher-kva.test']
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<Ann@XN--BCHER-KVA.example>
    S: 250 2.1.0 Sender accepted
    ${recipients.map(recipient => `C: RCPT TO:<${recipient}>\nS: 250 2.1.5 Recipient accepted\n`).join('')}
    ${EMPTY_MESSAGE}
    C: MAIL FROM:<>
    S: 250 *
    C: RCPT TO:<bob@xn--bcher-kva.test>
    S: 250 *
    ${EMPTY_MESSAGE}
    ${CLOSING}
  `)
  const [first, second] = await suite.mail.list()
  expect(first?.envelope).toEqual({ from: 'Ann@XN--BCHER-KVA.example', to: recipients })
  const raw = Buffer.from((await suite.mail.raw(second?.id ?? '')) ?? []).toString()
  expect(raw).toContain('for <bob@xn--bcher-kva.test>;')
})

test('keeps the DSN parameters with the message (RFC 3461)', async () => {
  const { suite, wire } = await openSession()
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<ann@client.example> RET=HDRS ENVID=QQ+2B314 BODY=8BITMIME SIZE=10
    S: 250 2.1.0 Sender accepted
    C: RCPT TO:<bob@fourwire.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob+40fourwire.test
    S: 250 2.1.5 Recipient accepted
    C: RCPT TO:<carol@fourwire.test> NOTIFY=NEVER
    S: 250 2.1.5 Recipient accepted
    C: RCPT TO:<dan@fourwire.test>
    S: 250 2.1.5 Recipient accepted
    ${EMPTY_MESSAGE}
    ${CLOSING}
  `)
  const [mail] = await suite.mail.list()
  expect(mail?.parameters).toEqual({ body: '8BITMIME', ret: 'HDRS', envid: 'QQ+314' })
  expect(mail?.recipientParameters).toEqual([
    { notify: ['SUCCESS', 'FAILURE'], orcpt: 'rfc822;Bob@fourwire.test' },
    { notify: ['NEVER'] },
    {},
  ])
})
