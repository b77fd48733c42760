import { expect, test } from 'vitest'
import { formatList, formatMessage } from '../../../clients/mail/format.ts'

const SUMMARY = {
  id: '1',
  from: '',
  to: ['a@x.test', 'b@x.test'],
  author: '',
  subject: 'two\u001b[1m  words',
  date: '2026-11-28T05:06:07.000Z',
  size: 1,
  seen: true,
}

test('the list marks unseen messages, and removes what would control the terminal', () => {
  expect(formatList([SUMMARY, { ...SUMMARY, seen: false }])).toBe(
    `  1  2026-11-28 05:06:07  <> to <a@x.test>, <b@x.test>  two[1m words
* 1  2026-11-28 05:06:07  <> to <a@x.test>, <b@x.test>  two[1m words`,
  )
})

test('a message without a From field shows its sender, and a problem is shown', () => {
  const message = { ...SUMMARY, text: 'a\u0007b\tc\n', links: [], attachments: [], problem: 'too many parts' }
  expect(formatMessage(message, true)).toBe(
    `Id:       1
Date:     2026-11-28T05:06:07.000Z
From:     <>
To:       a@x.test, b@x.test
Subject:  two[1m words
Problem:  too many parts

ab\tc\n

`,
  )
})
