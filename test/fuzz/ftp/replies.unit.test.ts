import { expect, test } from 'vitest'
import { findTrace } from './canaries.ts'
import { findInvalidReply } from './replies.ts'

test.each([
  ['one line', '220 ready\r\n'],
  ['several lines', '211-Features\r\n UTF8\r\n200 not the end\r\n211 End\r\n226 Done\r\n'],
  ['a line that is cut off', '220 ready\r\n21'],
  ['a reply that is cut off', '211-Features\r\n UTF8\r\n UT'],
  ['nothing', ''],
  ['the bytes of TLS after 234', '234 Begin\r\n\x16\x03\x03\r\n\0\r\n'],
])('accepts %s', (_title, text) => {
  expect(findInvalidReply(text)).toBeUndefined()
})

test.each([
  ['a line without a code', '220 ready\r\nhello\r\n', 'hello'],
  ['a code without text', '220\r\n', '220'],
  ['a code of no class', '620 x\r\n', '620 x'],
  ['a lone LF', '220 a\n\r\n', '220 a\n'],
  ['NUL in a reply of several lines', '211-x\r\n\0\r\n211 End\r\n', '\0'],
  ['a line without a code that is cut off', '220 ready\r\nhel', 'hel'],
])('finds %s', (_title, text, expected) => {
  expect(findInvalidReply(text)).toBe(expected)
})

test('finds content, size and time of a file outside', () => {
  const found = ['xx canary-7f3a9c51', '213 1283947\r\n', 'modify=19870514032109;', '213 1283946\r\n'].map(text =>
    findTrace(Buffer.from(text)),
  )
  expect(found).toEqual(['canary-7f3a9c51', '1283947', '19870514032109', undefined])
})
