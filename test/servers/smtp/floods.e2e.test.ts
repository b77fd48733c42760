/** Clients that send too much, too often or too slowly. */
import { expect, test } from 'vitest'
import { usedMemory } from '../../helpers/collect-garbage.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { openSession, startServer } from './start-server.ts'
import { CLOSING, EMPTY_MESSAGE, ENVELOPE, OPENING, sentMessages, TO_DATA } from './transcripts.ts'

/** Returns how often a reply with each code was sent. */
function countCodes(replies: string): Record<string, number> {
  const codes = replies.match(/^\d{3}(?= )/gm) ?? []
  return Object.fromEntries([...new Set(codes)].map(code => [code, codes.filter(each => each === code).length]))
}

test.each([
  ['NOOP', 'NOOP\r\n', 200_000, { 250: 100, 421: 1 }],
  ['RSET', 'RSET\r\n', 1000, { 250: 100, 421: 1 }],
  ['EHLO', 'EHLO x\r\n', 1000, { 250: 100, 421: 1 }],
  ['VRFY', 'VRFY bob\r\n', 1000, { 252: 100, 421: 1 }],
  ['wrong commands', 'DATA x\r\n', 5000, { 501: 20, 421: 1 }],
  ['recipients without a transaction', 'BDAT 0\r\n', 5000, { 503: 20, 421: 1 }],
])('ends a session that sends %s without end', async (_title, command, count, expected) => {
  const { wire } = await openSession()
  await wire.play('S: 220 *')
  wire.send(command.repeat(count))
  expect(countCodes(await wire.readToEnd())).toEqual(expected)
})

test('messages in between allow as many NOOP as a client needs', async () => {
  const { wire } = await openSession()
  const noop = 'C: NOOP\nS: 250 2.0.0 OK\n'.repeat(60)
  const message = `${ENVELOPE}\nC: DATA\nS: 354 *\nC: .\nS: 250 *\n`
  await wire.play(`${OPENING}\n${noop}\n${message}\n${noop}\n${message}\n${CLOSING}`)
})

test('recipients beyond the bound do not end the session, so that the others get the message', async () => {
  const { suite, wire } = await openSession({ maxRecipients: 2 })
  const recipients = Array.from({ length: 150 }, (_, index) => `RCPT TO:<user${index}@fourwire.test>\r\n`)
  await wire.play(`${OPENING}\nC: MAIL FROM:<ann@client.example>\nS: 250 *`)
  wire.send(recipients.join(''))
  await wire.play(`
    ${'S: 250 2.1.5 *\n'.repeat(2)}
    ${'S: 452 4.5.3 Too many recipients; send the message again for the others\n'.repeat(148)}
    ${EMPTY_MESSAGE}
    ${CLOSING}
  `)
  expect((await suite.mail.list())[0]?.envelope.to).toEqual(['user0@fourwire.test', 'user1@fourwire.test'])
})

test('a slow drip of a command ends at the deadline', async () => {
  const { wire } = await openSession({ commandTimeout: 300 })
  await wire.play('S: 220 *')
  const drip = setInterval(() => wire.send('x'), 20)
  const rest = await wire.readToEnd()
  clearInterval(drip)
  expect(rest).toBe('421 4.4.2 No command for too long\r\n')
})

test('ninety slow drips of a message end at the deadline', async () => {
  const suite = await suiteFor({ services: ['smtp'], smtp: { dataTimeout: 1000 } })
  const wires = await Promise.all(Array.from({ length: 90 }, () => Wire.connect(suite.smtp.port)))
  await Promise.all(wires.map(wire => wire.play(TO_DATA)))
  const drip = setInterval(() => {
    for (const wire of wires) wire.send('x\r\n')
  }, 50)
  const rest = await Promise.all(wires.map(wire => wire.readToEnd()))
  clearInterval(drip)
  expect(new Set(rest)).toEqual(new Set(['421 4.4.2 The message takes too long\r\n']))
  expect(await suite.mail.list()).toEqual([])
})

test('replies 421 to connections of one address beyond its bound', async () => {
  const suite = await suiteFor({ services: ['smtp'], smtp: { maxPerAddress: 2 } })
  for (let count = 0; count < 2; count += 1) await (await Wire.connect(suite.smtp.port)).play('S: 220 *')
  const third = await Wire.connect(suite.smtp.port)
  await third.play(`
    S: 421 mail.fourwire.test has too many clients, try again later
    S: (closed)
  `)
  const other = await Wire.connect(suite.smtp.port, '127.0.0.1', '127.0.0.2')
  await other.play('S: 220 *')
})

const MEGABYTE = 1024 * 1024

test('the messages in transit of all sessions share one budget', async () => {
  const bounds = { maxSize: MEGABYTE, maxBytesInTransit: 4 * MEGABYTE }
  const suite = await suiteFor({ services: ['smtp'], smtp: bounds })
  const wires = await Promise.all(Array.from({ length: 10 }, () => Wire.connect(suite.smtp.port)))
  await Promise.all(wires.map(wire => wire.play(TO_DATA)))
  // 0.9 MiB each, without an end: more than four of them do not fit.
  for (const wire of wires) wire.send('x'.repeat(0.9 * MEGABYTE))
  for (const wire of wires) wire.send('\r\n.\r\n')
  const replies = await Promise.all(wires.map(wire => wire.line()))
  const refused = replies.filter(reply => reply === '452 4.3.1 Too many messages at once, try again later')
  const stored = replies.filter(reply => reply?.startsWith('250 2.6.0 '))
  expect(refused.length + stored.length).toBe(10)
  expect(refused.length).toBeGreaterThanOrEqual(1)
  expect(await suite.mail.list()).toHaveLength(stored.length)
  // The refused ones are accepted when they are sent again.
  await wires[0]?.play(`${ENVELOPE}\nC: DATA\nS: 354 *\nC: ${'x'.repeat(0.9 * MEGABYTE)}\nC: .\nS: 250 *`)
})

test('ninety-five clients that each send 2 MiB without an end cost no more than the budget', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const wires = await Promise.all(Array.from({ length: 95 }, () => Wire.connect(suite.smtp.port)))
  await Promise.all(wires.map(wire => wire.play(TO_DATA)))
  const before = usedMemory()
  const block = Buffer.alloc(MEGABYTE, 'x')
  const wave = () => Promise.all(wires.map(({ socket }) => new Promise(resolve => socket.write(block, resolve))))
  for (let count = 0; count < 2; count += 1) await wave()
  // Much less than was sent, although clients and server are in one process.
  expect(usedMemory() - before).toBeLessThan(120 * MEGABYTE)
  for (const { socket } of wires) socket.destroy()
})

test('a message of the maximum size is accepted, whatever the budget', async () => {
  const { suite, wire } = await openSession({ maxSize: MEGABYTE, maxBytesInTransit: 1000 })
  await wire.play(TO_DATA)
  const message = `${'x'.repeat(MEGABYTE - 2)}\r\n`
  wire.send(`${message}.\r\n`)
  await wire.play(`
    S: 250 2.6.0 *
    ${CLOSING}
  `)
  expect(await sentMessages(suite)).toEqual([message])
})

test('a full mailbox replies 452 until a message is deleted, and others are not affected', async () => {
  const { suite, wire } = await openSession({ mailboxQuota: 1000 })
  const message = `${ENVELOPE}\nC: DATA\nS: 354 *\nC: ${'x'.repeat(598)}\nC: .`
  await wire.play(`
    ${OPENING}
    ${message}
    S: 250 2.6.0 *
    C: MAIL FROM:<ann@client.example> SIZE=401
    S: 250 *
    C: RCPT TO:<Bob+tag@fourwire.test>
    S: 452 4.2.2 The mailbox is full, try again later
    C: RCPT TO:<carol@fourwire.test>
    S: 250 2.1.5 Recipient accepted
    C: RSET
    S: 250 *
    ${message}
    S: 452 4.2.2 The mailbox is full, try again later
  `)
  const [stored] = await suite.mail.list()
  await suite.mail.delete(stored?.id ?? '')
  await wire.play(`
    ${message}
    S: 250 2.6.0 *
    ${CLOSING}
  `)
})

test('the quota of an account applies to its mailbox', async () => {
  const { port, store } = await startServer()
  await store.accounts.add({ name: 'bob', password: 'x', quota: 0 })
  const wire = await Wire.connect(port)
  await wire.play(`
    ${OPENING}
    C: MAIL FROM:<ann@client.example>
    S: 250 *
    C: RCPT TO:<bob@fourwire.test>
    S: 452 4.2.2 The mailbox is full, try again later
    C: RCPT TO:<carol@fourwire.test>
    S: 250 2.1.5 Recipient accepted
    ${CLOSING}
  `)
})
