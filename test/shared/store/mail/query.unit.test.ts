import { describe, expect, test } from 'vitest'
import { ownedBuffers } from '../../../../shared/async/owned-buffers.ts'
import { UsageError } from '../../../../shared/errors.ts'
import { parseQuery } from '../../../../shared/store/mail/mail-filter.ts'
import { mailboxName } from '../../../../shared/store/mail/mailbox-name.ts'
import { parseHeader } from '../../../../shared/store/mail/parse/parse-message.ts'
import { searchEntry } from '../../../../shared/store/mail/search/search-entry.ts'

describe('a query', () => {
  test.each([
    ['', { phrases: [] }],
    ['Red apple', { phrases: [{ words: ['red'] }, { words: ['apple'] }] }],
    ['"Red apple" !', { phrases: [{ words: ['red', 'apple'] }] }],
    [
      'from:ann@x.test SUBJECT:"a b"',
      {
        phrases: [
          { field: 'from', words: ['ann', 'x', 'test'] },
          { field: 'subject', words: ['a', 'b'] },
        ],
      },
    ],
    ['has:attachment is:seen', { hasAttachment: true, seen: true, phrases: [] }],
    ['is:UNSEEN', { seen: false, phrases: [] }],
    ['after:2026-11-28', { after: new Date('2026-11-28T00:00:00Z'), phrases: [] }],
    ['before:2026-11-28T12:00:00Z', { before: new Date('2026-11-28T12:00:00Z'), phrases: [] }],
  ])('%j is %j', (query, filter) => expect(parseQuery(query)).toEqual(filter))

  test.each([
    ['form:ann', 'query: unknown condition "form:ann". Use from:'],
    ['has:nothing', 'query: unknown condition "has:nothing"'],
    ['before:yesterday', 'query: before:yesterday is not a date such as 2026-11-28'],
    ['after:2026-13-45', 'query: after:2026-13-45 is not a date'],
    ['x'.repeat(1001), 'query is longer than 1000 characters'],
  ])('%j is invalid', (query, reason) => {
    expect(() => parseQuery(query)).toThrow(UsageError)
    expect(() => parseQuery(query)).toThrow(reason)
  })
})

test.each([
  ['Alice+news@Fourwire.Test', 'alice@fourwire.test'],
  ['"John Doe"@x.test', 'john doe@x.test'],
  ['"a\\"b"@x.test', 'a"b@x.test'],
  ['+tag@x.test', '+tag@x.test'],
  ['bob@bücher.test', 'bob@xn--bcher-kva.test'],
  ['bob@[127.0.0.1]', 'bob@[127.0.0.1]'],
  ['bob@a b', 'bob@a b'],
  ['Postmaster', 'postmaster'],
])('mail to %s is in the mailbox %s', (recipient, mailbox) => expect(mailboxName(recipient)).toBe(mailbox))

describe('the words of a message', () => {
  const envelope = { from: 'a@x.test', to: ['B@y.test'] }
  const header = (text: string) => parseHeader(Buffer.from(text))

  test('are those of envelope, header and text, in lower case', () => {
    const fields = header(
      'Subject: Grüße, Welt!\r\nFrom: Ann <ann@z.test>\r\nTo: Bob <b@y.test>\r\nCc: c@y.test\r\n\r\n',
    )
    const content = { text: 'One: two-three', attachments: [] }
    expect(searchEntry(envelope, fields, content)).toEqual({
      subject: 'grüße welt',
      sender: 'a x test ann ann z test',
      recipients: 'b y test bob b y test c y test',
      body: 'one two three',
      hasAttachments: false,
    })
  })

  test('an inline image is not an attachment', () => {
    const part = { filename: '', type: 'image/png', size: 0, content: new Uint8Array() }
    const hasAttachments = (...inline: boolean[]) =>
      searchEntry(envelope, header('\r\n'), { text: '', attachments: inline.map(inline => ({ ...part, inline })) })
        .hasAttachments
    expect([hasAttachments(true), hasAttachments(true, false)]).toEqual([false, true])
  })

  test('are bounded, and a message without content has those of its header', () => {
    const { body } = searchEntry(envelope, header('\r\n'), { text: 'word '.repeat(100_000), attachments: [] })
    expect(body.length).toBeLessThanOrEqual(128 * 1024)
    expect(searchEntry(envelope, header('\r\n'))).toMatchObject({ subject: '', body: '', hasAttachments: false })
  })
})

test('only large arrays with memory of their own move between threads', () => {
  const own = new Uint8Array(100_000)
  const others = [new Uint8Array(10), own.subarray(1), new Uint8Array(new SharedArrayBuffer(100_000)), 'text', null]
  expect(ownedBuffers([own, ...others])).toEqual([own.buffer])
})
