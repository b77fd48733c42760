import { expect, test } from 'vitest'
import { suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { openSession } from './start-server.ts'
import { CLOSING, dotStuffed, sentMessages, TO_DATA } from './transcripts.ts'

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1')

/** Title, and the message before dot-stuffing, in complete lines. */
const MESSAGES: readonly (readonly [string, string])[] = [
  ['an empty message', ''],
  ['one line', 'Hello\r\n'],
  ['an empty line', '\r\n'],
  ['a line that is a dot', '.\r\n'],
  ['lines that begin with dots', '.one\r\n..two\r\n...\r\nthree.\r\n.\r\n'],
  ['a dot first and last', '.\r\nSubject: x\r\n\r\n.\r\n'],
  ['bytes of every value', `Subject: 8 bits\r\n\r\n${ALL_BYTES.replace(/[\r\n]/g, '')}\r\n`],
  ['a line of 100,000 bytes', `${'x'.repeat(100_000)}\r\n`],
  ['a megabyte of lines', 'All work and no play makes Jack a dull boy.\r\n'.repeat(23_000)],
  ['a bare CR and a bare LF', 'one\rtwo\nthree\r\n'],
]

test.each(MESSAGES)('stores the message unchanged: %s', async (_title, message) => {
  const { suite, wire } = await openSession({ bareNewlines: 'accept' })
  await wire.play(TO_DATA)
  wire.send(`${dotStuffed(message)}.\r\n`)
  await wire.play(`
    S: 250 2.6.0 *
    ${CLOSING}
  `)
  expect(await sentMessages(suite)).toEqual([message])
})

test('the size of the chunks makes no difference', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const message = '.one\r\n..\r\n\r\n.\r\n.two\r\n'
  const wire = await Wire.connect(suite.smtp.port)
  wire.socket.setNoDelay(true)
  await wire.play(TO_DATA)
  for (const byte of `${dotStuffed(message)}.\r\n`) {
    wire.send(byte)
    await new Promise(resolve => setImmediate(resolve))
  }
  await wire.play(`
    S: 250 2.6.0 *
    ${CLOSING}
  `)
  expect(await sentMessages(suite)).toEqual([message])
})

/** Line endings that some servers accept as the end of the data (SMTP smuggling, CVE-2023-51764). */
const FALSE_ENDS = ['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\r.\r\n', '\r\n.\r', '\n.\r', '\r\n.\0\r\n']

test.each(FALSE_ENDS)('%j does not end the data', async falseEnd => {
  const { suite, wire } = await openSession({ bareNewlines: 'accept' })
  await wire.play(TO_DATA)
  const smuggled = 'MAIL FROM:<admin@fourwire.test>\r\nRCPT TO:<bob@fourwire.test>\r\nDATA\r\nsmuggled\r\n'
  const message = `innocent${falseEnd}${smuggled}`
  wire.send(`${message}.\r\n`)
  await wire.play(`
    S: 250 2.6.0 *
    ${CLOSING}
  `)
  // A dot after CRLF is not content (RFC 5321, section 4.5.2).
  expect(await sentMessages(suite)).toEqual([message.replace(/\r\n\./g, '\r\n')])
  const mails = await suite.mail.list()
  expect(mails[0]?.envelope.from).toBe('ann@client.example')
})
