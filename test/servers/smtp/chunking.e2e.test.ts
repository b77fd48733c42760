/** CHUNKING (RFC 3030). */
import { expect, test } from 'vitest'
import { MAX_DISCARDED_BYTES } from '../../../servers/smtp/adapter/message-receiver.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { openSession } from './start-server.ts'
import { CLOSING, EMPTY_MESSAGE, ENVELOPE, HELLO, OPENING, sentMessages } from './transcripts.ts'

test('a message in chunks is stored as it was sent, dots included', async () => {
  const { suite, wire } = await openSession()
  await wire.play(`${OPENING}\n${ENVELOPE}`)
  wire.send('BDAT 16\r\nSubject: dots\r\n\r')
  await wire.play('S: 250 2.0.0 16 bytes received')
  wire.send('bdat 12 last\r\n\n.\r\n..\r\n.x\r\n')
  await wire.play(`
    S: 250 2.6.0 Message kept as *
    ${CLOSING}
  `)
  expect(await sentMessages(suite)).toEqual(['Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n'])
})

test('replies to pipelined chunks in order, with 0 LAST at the end', async () => {
  const { suite, wire } = await openSession()
  await wire.play(OPENING)
  const envelope = 'MAIL FROM:<ann@client.example>\r\nRCPT TO:<bob@fourwire.test>\r\n'
  wire.send(`${envelope}BDAT 4\r\none\rBDAT 4\r\n\ntwoBDAT 2\r\n\r\nBDAT 0 LAST\r\n${envelope}BDAT 0 LAST\r\nNOOP\r\n`)
  await wire.play(`
    S: 250 2.1.0 Sender accepted
    S: 250 2.1.5 Recipient accepted
    S: 250 2.0.0 4 bytes received
    S: 250 2.0.0 4 bytes received
    S: 250 2.0.0 2 bytes received
    S: 250 2.6.0 Message kept as *
    S: 250 2.1.0 Sender accepted
    S: 250 2.1.5 Recipient accepted
    S: 250 2.6.0 Message kept as *
    S: 250 2.0.0 OK
    ${CLOSING}
  `)
  expect(await sentMessages(suite)).toEqual(['one\r\ntwo\r\n', ''])
})

test('discards the bytes of chunks that it rejects', async () => {
  const { wire } = await openSession()
  await wire.play('S: 220 *')
  wire.send('BDAT 6\r\nQUIT\r\n')
  await wire.play(`
    S: 503 5.5.1 Send EHLO or HELO first
    ${HELLO}
  `)
  wire.send('BDAT 6 LAST\r\nQUIT\r\nMAIL FROM:<ann@client.example>\r\nBDAT 6 LAST\r\nQUIT\r\n')
  await wire.play(`
    S: 503 5.5.1 Send MAIL first
    S: 250 2.1.0 Sender accepted
    S: 503 5.5.1 No valid recipient; send RCPT first
    ${CLOSING}
  `)
})

test.each(['BDAT', 'BDAT x', 'BDAT -1', 'BDAT 1 FIRST', 'BDAT 1 LAST LAST', 'BDAT 0x10', `BDAT ${'1'.repeat(16)}`])(
  'rejects %s',
  async command => {
    const { wire } = await openSession()
    await wire.play(`
      ${OPENING}
      ${ENVELOPE}
      C: ${command}
      S: 501 5.5.4 Syntax: BDAT SIZE [LAST]
      ${CLOSING}
    `)
  },
)

test('allows only BDAT and RSET after the first chunk', async () => {
  const { suite, wire } = await openSession()
  await wire.play(`
    ${OPENING}
    ${ENVELOPE}
    C: BDAT 0
    S: 250 2.0.0 0 bytes received
    C: DATA
    S: 503 5.5.1 BDAT began the message; send BDAT or RSET
    C: RCPT TO:<carol@fourwire.test>
    S: 503 5.5.1 BDAT began the message; send BDAT or RSET
    C: MAIL FROM:<ann@client.example>
    S: 503 5.5.1 A mail transaction is open; RSET ends it
    C: RSET
    S: 250 2.0.0 Reset
    ${ENVELOPE}
    ${EMPTY_MESSAGE}
    ${CLOSING}
  `)
  expect(await sentMessages(suite)).toEqual([''])
})

test('a message that becomes too big fails at once, and its pipelined chunks are discarded', async () => {
  const { suite, wire } = await openSession({ maxSize: 1000 })
  await wire.play(`${OPENING}\n${ENVELOPE}`)
  const chunk = `BDAT 600\r\n${'x'.repeat(600)}`
  wire.send(`${chunk.repeat(50)}BDAT 0 LAST\r\n`)
  await wire.play(`
    S: 250 2.0.0 600 bytes received
    S: 552 5.3.4 The message is larger than 1000 bytes
    ${'S: 503 5.5.1 The message has failed; the chunk is discarded\n'.repeat(49)}
    C: BDAT 0 LAST
    S: 503 5.5.1 Send MAIL first
    ${ENVELOPE}
    C: BDAT 0 LAST
    S: 250 2.6.0 *
    ${CLOSING}
  `)
  expect(await sentMessages(suite)).toEqual([''])
})

test('a chunk far beyond the bound ends the session before its bytes', async () => {
  const { wire } = await openSession({ maxSize: 1000 })
  await wire.play(`
    ${OPENING}
    ${ENVELOPE}
    C: BDAT ${1000 + MAX_DISCARDED_BYTES + 1}
    S: 552 5.3.4 The message is larger than 1000 bytes
    S: (closed)
  `)
})

test('refuses a bare LF in chunks with its line, at the last one', async () => {
  const { suite, wire } = await openSession()
  await wire.play(`${OPENING}\n${ENVELOPE}`)
  wire.send('BDAT 5\r\none\r\nBDAT 4 LAST\r\ntwo\nNOOP\r\n')
  await wire.play(`
    S: 250 2.0.0 5 bytes received
    S: 554 5.6.0 Line 2 of the message has a LF without CR; lines end with CRLF
    S: 250 2.0.0 OK
    ${CLOSING}
  `)
  expect(await sentMessages(suite)).toEqual([])
})

test('the time for a message includes all of its chunks', async () => {
  const { wire } = await openSession({ dataTimeout: 300 })
  await wire.play(`${OPENING}\n${ENVELOPE}`)
  const drip = setInterval(() => wire.send('BDAT 0\r\n'), 20)
  const rest = await wire.readToEnd()
  clearInterval(drip)
  expect(rest).toMatch(/^(250 2\.0\.0 0 bytes received\r\n)+421 4\.4\.2 The message takes too long\r\n$/)
})

test('traces each chunk', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const recorder = recordEvents(suite.trace)
  const wire = await Wire.connect(suite.smtp.port)
  await wire.play(`${OPENING}\n${ENVELOPE}`)
  wire.send('BDAT 12\r\nSubject: x\r\n')
  await wire.play(`
    S: 250 2.0.0 12 bytes received
    C: BDAT 0 LAST
    S: 250 *
    ${CLOSING}
  `)
  expect(recorder.lines().filter(line => / [45] /.test(line))).toEqual([
    'message request 4 BDAT 12',
    'transfer request 4 12 bytes of mail, Subject: x',
    'message response 4 250 2.0.0 12 bytes received',
    'message request 5 BDAT 0 LAST',
    expect.stringMatching(/^message response 5 250 2\.6\.0 Message kept as /),
  ])
})
