import { expect, test, vi } from 'vitest'
import { MAX_DISCARDED_BYTES } from '../../../servers/smtp/content.ts'
import { type Mailbox, MemoryMailbox } from '../../../shared/store/mailbox.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { listenWith } from './listening.ts'
import { CLOSING, OPENING, TO_DATA } from './sessions.ts'

test('a size announced past the bound is refused before any data', async () => {
  const suite = await suiteFor({ services: ['smtp'], smtp: { maxSize: 1000 } })
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<ann@client.example> SIZE=1001
    S: 552 5.3.4 Error: message exceeds fixed maximum message size 1000
    C: MAIL FROM:<ann@client.example> SIZE=1000
    S: 250 2.1.0 Accepted
    ${CLOSING}
  `)
})

test('a message past the bound is read to its end, refused, and the session goes on', async () => {
  const suite = await suiteFor({ services: ['smtp'], smtp: { maxSize: 1000 } })
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`
    ${TO_DATA}
    C: ${'x'.repeat(999)}
    C: .
    S: 552 5.3.4 The message is larger than 1000 bytes
    C: MAIL FROM:<ann@client.example>
    S: 250 2.1.0 Accepted
    C: RCPT TO:<bob@fourwire.test>
    S: 250 2.1.5 Accepted
    C: DATA
    S: 354 *
    C: ${'x'.repeat(998)}
    C: .
    S: 250 2.6.0 *
    ${CLOSING}
  `)
  expect(await suite.mail.list()).toHaveLength(1)
})

test('a message without an end is cut off, and others are served on', async () => {
  const suite = await suiteFor({ services: ['smtp'], smtp: { maxSize: 1000 } })
  const flood = await Wire.connect(suite.smtp.port)
  await flood.play(TO_DATA)
  flood.send(Buffer.alloc(MAX_DISCARDED_BYTES + 2000, 'x'))
  expect(await flood.readToEnd()).toMatch(/^(552 5\.3\.4 The message is larger than 1000 bytes\r\n)?$/)
  flood.socket.destroy()
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`
    S: 220 *
    ${CLOSING}
  `)
  expect(await suite.mail.list()).toEqual([])
})

test('one recipient too many is put off, the others get the message', async () => {
  const suite = await suiteFor({ services: ['smtp'], smtp: { maxRecipients: 2 } })
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<ann@client.example>
    S: 250 2.1.0 Accepted
    C: RCPT TO:<a@fourwire.test>
    S: 250 2.1.5 Accepted
    C: RCPT TO:<b@fourwire.test>
    S: 250 2.1.5 Accepted
    C: RCPT TO:<c@fourwire.test>
    S: 452 4.5.3 Error: too many recipients
    C: DATA
    S: 354 *
    C: .
    S: 250 2.6.0 *
    ${CLOSING}
  `)
  const [mail] = await suite.mail.list()
  expect(mail?.envelope.to).toEqual(['a@fourwire.test', 'b@fourwire.test'])
})

test('a full mailbox is said to be full, for now', async () => {
  const mail = new MemoryMailbox({ maxMessages: 1, maxBytes: 10_000 })
  const { port } = await listenWith(mail)
  const wire = await Wire.connect(port)
  await wire.play(`
    ${TO_DATA}
    C: .
    S: 250 2.6.0 *
    C: MAIL FROM:<ann@client.example>
    S: 250 2.1.0 Accepted
    C: RCPT TO:<bob@fourwire.test>
    S: 250 2.1.5 Accepted
    C: DATA
    S: 354 *
    C: .
    S: 452 4.3.1 No room for the message, try again later
    ${CLOSING}
  `)
  expect(await mail.list()).toHaveLength(1)
})

test('a mailbox that fails puts the sender off, is logged, and the session goes on', async () => {
  const broken: Mailbox = {
    add: async () => Promise.reject(new Error('the disk is on fire')),
    list: async () => [],
    get: async () => undefined,
    clear: async () => undefined,
  }
  const { port, logged } = await listenWith(broken)
  const wire = await Wire.connect(port)
  await wire.play(`
    ${TO_DATA}
    C: .
    S: 451 4.3.0 The message could not be kept, try again later
    C: NOOP
    S: 250 2.0.0 OK
    ${CLOSING}
  `)
  expect(logged.join('')).toContain('the disk is on fire')
})

test('a client too many is turned away, and let in when there is room again', async () => {
  const suite = await suiteFor({ services: ['smtp'], smtp: { maxConnections: 1 } })
  const first = await Wire.connect(suite.smtp.port)
  await first.play('S: 220 *')
  const second = await Wire.connect(suite.smtp.port)
  await second.play(`
    S: 421 mail.fourwire.test has too many clients, try again later
    S: (closed)
  `)
  await first.play(CLOSING)
  const third = await Wire.connect(suite.smtp.port)
  await third.play('S: 220 *')
})

test('a silent client is sent away', async () => {
  const suite = await suiteFor({ services: ['smtp'], smtp: { idleTimeout: 20 } })
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`
    S: 220 *
    S: 421 4.4.2 Silent for too long, goodbye
    S: (closed)
  `)
})

test('a client that falls silent within a message is sent away, and nothing is kept of it', async () => {
  // Longer than a busy machine takes for any one step of the dialogue before.
  const suite = await suiteFor({ services: ['smtp'], smtp: { idleTimeout: 1500 } })
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`
    ${TO_DATA}
    C: the beginning of
    S: 421 4.4.2 Silent for too long, goodbye
    S: (closed)
  `)
  expect(await suite.mail.list()).toEqual([])
})

test('a client that leaves within a message harms nobody, and nothing is kept of it', async () => {
  const mail = new MemoryMailbox()
  const { port, logged } = await listenWith(mail)
  const wire = await Wire.connect(port)
  await wire.play(TO_DATA)
  wire.socket.end('the beginning of')
  expect(await wire.readToEnd()).toBe('')
  const next = await Wire.connect(port)
  await next.play(`
    S: 220 *
    ${CLOSING}
  `)
  expect(await mail.list()).toEqual([])
  expect(logged.join('')).toContain('left in the middle of a message')
})

test('unknown commands are answered nine times', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`
    S: 220 *
    ${'C: XYZZY\nS: 500 5.5.2 Command not recognized\n'.repeat(9)}
    C: XYZZY
    S: 421 4.7.0 Too many unknown commands
    S: (closed)
  `)
})

test.each([
  ['a browser', 'GET / HTTP/1.1\r\n', '421 4.7.0 This is SMTP, not HTTP'],
  ['a line without an end', 'x'.repeat(40_000), '421 4.5.2 Line too long, goodbye'],
])('%s is sent away', async (_who, said, answer) => {
  const suite = await suiteFor({ services: ['smtp'] })
  const wire = await Wire.connect(suite.smtp.port)
  wire.send(said)
  await wire.play(`
    S: 220 *
    S: ${answer}
    S: (closed)
  `)
})

test('closing says goodbye to idle clients and waits for none of them', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(OPENING)
  // A stopped clock: whatever only a timer would end, though the client stays, would now never end.
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  try {
    await suite.close()
  } finally {
    vi.useRealTimers()
  }
  await wire.play(`
    S: 421 4.3.2 mail.fourwire.test is shutting down
    S: (closed)
  `)
})

test('closing lets a message under way arrive, then says goodbye', async () => {
  const suite = await suiteFor({ services: ['smtp'], drainTime: 60_000 })
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(TO_DATA)
  wire.send('begun before ')
  const closed = suite.close()
  wire.send('and ended after\r\n.\r\n')
  await wire.play(`
    S: 250 2.6.0 Message kept as *
    S: 421 4.3.2 mail.fourwire.test is shutting down
    S: (closed)
  `)
  await closed
  expect(await suite.mail.list()).toHaveLength(1)
})

test('closing waits for an open transaction no longer than the drain time', async () => {
  const suite = await suiteFor({ services: ['smtp'], drainTime: 0 })
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(TO_DATA)
  await suite.close()
  expect(await wire.readToEnd()).toBe('')
  expect(await suite.mail.list()).toEqual([])
})

test('a transaction given up while closing ends the session', async () => {
  const suite = await suiteFor({ services: ['smtp'], drainTime: 60_000 })
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<ann@client.example>
    S: 250 2.1.0 Accepted
  `)
  const closed = suite.close()
  await wire.play(`
    C: RSET
    S: 421 4.3.2 mail.fourwire.test is shutting down
    S: (closed)
  `)
  await closed
})

test('a client that comes while the server closes is sent away too', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const recorder = recordEvents(suite.trace)
  const wire = await Wire.connect(suite.smtp.port)
  await recorder.until(event => event.kind === 'open')
  await suite.close()
  expect(await wire.readToEnd()).toMatch(/^(220 .*\r\n)?421 4\.3\.2 mail\.fourwire\.test is shutting down\r\n$/)
})
