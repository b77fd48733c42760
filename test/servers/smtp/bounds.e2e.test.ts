import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { MAX_DISCARDED_BYTES } from '../../../servers/smtp/adapter/message-receiver.ts'
import { COMMANDS, type Command } from '../../../servers/smtp/commands/commands.ts'
import { smtp } from '../../../servers/smtp/index.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { startService } from '../../helpers/service.ts'
import { createStore } from '../../helpers/store.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { openSession, startServer } from './start-server.ts'
import { CLOSING, EMPTY_MESSAGE, ENVELOPE, OPENING, TO_DATA } from './transcripts.ts'

test('rejects MAIL with a SIZE beyond the bound', async () => {
  const { wire } = await openSession({ maxSize: 1000 })
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<ann@client.example> SIZE=1001
    S: 552 5.3.4 The message is larger than 1000 bytes
    C: MAIL FROM:<ann@client.example> SIZE=1000
    S: 250 2.1.0 Sender accepted
    ${CLOSING}
  `)
})

test('reads a message beyond the bound to its end, rejects it, and continues the session', async () => {
  const { suite, wire } = await openSession({ maxSize: 1000 })
  await wire.play(`
    ${TO_DATA}
    C: ${'x'.repeat(999)}
    C: .
    S: 552 5.3.4 The message is larger than 1000 bytes
    ${ENVELOPE}
    C: DATA
    S: 354 *
    C: ${'x'.repeat(998)}
    C: .
    S: 250 2.6.0 *
    ${CLOSING}
  `)
  expect(await suite.mail.list()).toHaveLength(1)
})

test('disconnects a client that sends far beyond the bound, and serves others', async () => {
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

test('replies 452 to recipients beyond the bound, and accepts the message for the others', async () => {
  const { suite, wire } = await openSession({ maxRecipients: 2 })
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<ann@client.example>
    S: 250 2.1.0 Sender accepted
    C: RCPT TO:<a@fourwire.test>
    S: 250 2.1.5 Recipient accepted
    C: RCPT TO:<b@fourwire.test>
    S: 250 2.1.5 Recipient accepted
    C: RCPT TO:<c@fourwire.test>
    S: 452 4.5.3 Too many recipients; send the message again for the others
    ${EMPTY_MESSAGE}
    ${CLOSING}
  `)
  const [mail] = await suite.mail.list()
  expect(mail?.envelope.to).toEqual(['a@fourwire.test', 'b@fourwire.test'])
})

test('replies 452 if the store is full', async () => {
  const { port, store } = await startServer({}, { maxBytes: 10_000 })
  const wire = await Wire.connect(port)
  await wire.play(`
    ${TO_DATA}
    C: ${'x'.repeat(9000)}
    C: .
    S: 250 2.6.0 *
    ${ENVELOPE}
    C: DATA
    S: 354 *
    C: ${'x'.repeat(9000)}
    C: .
    S: 452 4.3.1 No room for the message, try again later
    ${CLOSING}
  `)
  expect((await store.mail.list()).messages).toHaveLength(1)
})

test('replies 451 if the store fails, logs it, and continues the session', async () => {
  const { port, logged, store } = await startServer()
  const wire = await Wire.connect(port)
  await wire.play(TO_DATA)
  await store.close()
  await wire.play(`
    C: .
    S: 451 4.3.0 The message could not be stored, try again later
    C: NOOP
    S: 250 2.0.0 OK
    ${CLOSING}
  `)
  expect(logged.join('')).toContain('smtp: message not stored')
})

test('a defect in a command ends only its session, and is logged with its stack', async () => {
  const { port, logged } = await startServer()
  const commands = COMMANDS as Map<string, Command>
  const help = commands.get('HELP') as Command
  onTestFinished(() => void commands.set('HELP', help))
  commands.set('HELP', () => {
    throw new TypeError('a defect')
  })
  const [wire, other] = [await Wire.connect(port), await Wire.connect(port)]
  await wire.play(`
    S: 220 *
    C: HELP
    S: (closed)
  `)
  expect(logged.join('')).toMatch(/TypeError: a defect.*smtp: a defect ended a connection/s)
  await other.play(`
    S: 220 *
    C: NOOP
    S: 250 2.0.0 OK
    ${CLOSING}
  `)
})

test('replies 421 to clients beyond the bound, and accepts again after one has disconnected', async () => {
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

test('replies 421 to an idle client', async () => {
  const { wire } = await openSession({ commandTimeout: 20 })
  await wire.play(`
    S: 220 *
    S: 421 4.4.2 No command for too long
    S: (closed)
  `)
})

test('replies 421 to a client that is idle within a message, and stores nothing', async () => {
  const { suite, wire } = await openSession({ dataTimeout: 200 })
  await wire.play(`
    ${TO_DATA}
    C: the beginning of
    S: 421 4.4.2 The message takes too long
    S: (closed)
  `)
  expect(await suite.mail.list()).toEqual([])
})

test('stores nothing if a client disconnects within a message', async () => {
  const { port, logged, store } = await startServer()
  const wire = await Wire.connect(port)
  await wire.play(TO_DATA)
  wire.socket.end('the beginning of')
  expect(await wire.readToEnd()).toBe('')
  const next = await Wire.connect(port)
  await next.play(`
    S: 220 *
    ${CLOSING}
  `)
  expect((await store.mail.list()).messages).toEqual([])
  expect(logged.join('')).toContain('connection closed before the end of the message')
})

test('replies 421 to the tenth unknown command', async () => {
  const { wire } = await openSession()
  await wire.play(`
    S: 220 *
    ${'C: XYZZY\nS: 500 5.5.2 Command not recognized\n'.repeat(9)}
    C: XYZZY
    S: 421 4.7.0 Too many errors
    S: (closed)
  `)
})

test.each([
  ['a browser', 'GET / HTTP/1.1\r\n', '421 4.7.0 This is SMTP, not HTTP'],
  ['a line without an end', 'x'.repeat(40_000), '421 4.5.2 Line too long, goodbye'],
])('replies 421 to %s', async (_title, data, reply) => {
  const { wire } = await openSession()
  wire.send(data)
  await wire.play(`
    S: 220 *
    S: ${reply}
    S: (closed)
  `)
})

test('close() replies 421 to idle clients without waiting for them', async () => {
  const { suite, wire } = await openSession()
  await wire.play(OPENING)
  // With a stopped clock, a session that only a timer ends would never end.
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

test('close() accepts a message in progress, then replies 421', async () => {
  const server = await startServer({}, { drainTime: 60_000 })
  const wire = await Wire.connect(server.port)
  await wire.play(TO_DATA)
  wire.send('sent before ')
  const closed = server.close()
  wire.send('and after\r\n.\r\n')
  await wire.play(`
    S: 250 2.6.0 Message kept as *
    S: 421 4.3.2 mail.fourwire.test is shutting down
    S: (closed)
  `)
  await closed
  expect((await server.store.mail.list()).messages).toHaveLength(1)
})

test('close() waits for an open transaction no longer than the drain time', async () => {
  const server = await startServer({}, { drainTime: 0 })
  const wire = await Wire.connect(server.port)
  await wire.play(TO_DATA)
  await server.close()
  expect(await wire.readToEnd()).toBe('')
  expect((await server.store.mail.list()).messages).toEqual([])
})

test('a transaction that is reset during close() ends the session', async () => {
  const suite = await suiteFor({ services: ['smtp'], drainTime: 60_000 })
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<ann@client.example>
    S: 250 2.1.0 Sender accepted
  `)
  const closed = suite.close()
  await wire.play(`
    C: RSET
    S: 421 4.3.2 mail.fourwire.test is shutting down
    S: (closed)
  `)
  await closed
})

test('replies 421 to a client that connects during close()', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const recorder = recordEvents(suite.trace)
  const wire = await Wire.connect(suite.smtp.port)
  await recorder.until(event => event.kind === 'open')
  await suite.close()
  expect(await wire.readToEnd()).toMatch(/^(220 .*\r\n)?421 4\.3\.2 mail\.fourwire\.test is shutting down\r\n$/)
})

test('replies 421 if the store cannot be opened, and logs why', async () => {
  const file = path.join(await emptyFolder(), 'store.db')
  await writeFile(file, 'this is not a database, and longer than its header would be: '.repeat(20))
  const { port, logged } = await startService(smtp, {}, { store: createStore({ kind: 'sqlite', file }) })
  const wire = await Wire.connect(port)
  await wire.play(`
    S: 421 mail.fourwire.test cannot open its store, try again later
    S: (closed)
  `)
  expect(logged.join('')).toContain('the file is not a SQLite database')
})

test('replies 421 until the store can be opened, then accepts mail', async () => {
  const folder = path.join(await emptyFolder(), 'later')
  const store = createStore({ kind: 'sqlite', file: path.join(folder, 'store.db') })
  const { port, logged } = await startService(smtp, {}, { store })
  for (const _attempt of [1, 2]) {
    const refused = await Wire.connect(port)
    await refused.play(`
      S: 421 mail.fourwire.test cannot open its store, try again later
      S: (closed)
    `)
  }
  expect(logged.filter(line => line.includes('the store cannot be opened'))).toHaveLength(2)
  await mkdir(folder)
  const wire = await Wire.connect(port)
  await wire.play(`
    ${TO_DATA}
    C: Subject: kept
    C: .
    S: 250 2.6.0 Message kept as *
  `)
})
