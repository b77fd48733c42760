/** Messages and commands that smtp-server, or an earlier version of this server, handled wrongly. */
import { expect, test } from 'vitest'
import { suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { openSession } from './start-server.ts'
import { CLOSING, sentMessages, TO_DATA } from './transcripts.ts'

test('a header of 17,000 folded lines is accepted, and does not affect the list of messages', async () => {
  const { suite, wire } = await openSession()
  await wire.play(TO_DATA)
  wire.send(`Subject: a\r\n${' \r\n'.repeat(17_000)}\r\n.\r\n`)
  await wire.play(`
    S: 250 2.6.0 *
    ${CLOSING}
  `)
  const [mail] = await suite.mail.list()
  expect(mail).toMatchObject({ subject: 'a', size: 51_014 })
})

test.each([
  ['a bare CR', 'one\r\ntwo\rthree\r\n', 'Line 2 of the message has a CR without LF'],
  ['a bare LF', 'one\ntwo\r\n', 'Line 1 of the message has a LF without CR; lines end with CRLF'],
  ['a NUL', 'one\r\n\r\nt\0o\r\n', 'Line 3 of the message has a NUL byte'],
])('refuses %s, with its line, and accepts it if configured', async (_title, message, sentence) => {
  const strict = await suiteFor({ services: ['smtp'] })
  const wire = await Wire.connect(strict.smtp.port)
  await wire.play(TO_DATA)
  wire.send(`${message}.\r\n`)
  await wire.play(`
    S: 554 5.6.0 ${sentence}
    ${CLOSING}
  `)
  expect(await strict.mail.list()).toEqual([])
  const lenient = await suiteFor({ services: ['smtp'], smtp: { bareNewlines: 'accept' } })
  const other = await Wire.connect(lenient.smtp.port)
  await other.play(TO_DATA)
  other.send(`${message}.\r\n`)
  await other.play(`
    S: 250 2.6.0 *
    ${CLOSING}
  `)
  expect(await sentMessages(lenient)).toEqual([message])
})

test('removes one dot after CRLF, and none after a bare LF', async () => {
  const { suite, wire } = await openSession({ bareNewlines: 'accept' })
  await wire.play(TO_DATA)
  wire.send('.x\r\n..y\r\na\n..b\n.c\r\n.\r\n')
  await wire.play('S: 250 2.6.0 *')
  expect(await sentMessages(suite)).toEqual(['x\r\n.y\r\na\n..b\n.c\r\n'])
})
