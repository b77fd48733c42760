import { expect, test } from 'vitest'
import { toMbox } from '../../../clients/mail/mbox.ts'

const DATE = '2026-11-05T05:57:31.250Z'
const mbox = (raw: string, from = 'ann@x.test') =>
  toMbox({ from, date: DATE, raw: Buffer.from(raw, 'latin1') }).toString('latin1')

test('writes a separator line, the message with LF, and an empty line', () => {
  expect(mbox('Subject: Hi\r\n\r\nText\r\n')).toBe('From ann@x.test Thu Nov  5 05:57:31 2026\nSubject: Hi\n\nText\n\n')
})

test.each([
  ['From here', '>From here'],
  ['>From here', '>>From here'],
  ['Fromage', 'Fromage'],
  [' From here', ' From here'],
])('quotes a line that looks like a separator: %s', (line, quoted) => {
  expect(mbox(`Subject: Hi\r\n\r\n${line}\r\n`)).toMatch(new RegExp(`\n\n${quoted}\n\n$`))
})

test('ends a last line without CRLF, and keeps bytes that are not ASCII', () => {
  expect(mbox('Subject: Hi\r\n\r\n\xfc')).toMatch(/\n\n\xfc\n\n$/)
})

test('names a sender for bounces, and has no blank in the sender of the separator', () => {
  expect(mbox('', '')).toBe('From MAILER-DAEMON Thu Nov  5 05:57:31 2026\n\n\n')
  expect(mbox('', '"john doe"@x.test')).toMatch(/^From "john_doe"@x\.test Thu/)
})
