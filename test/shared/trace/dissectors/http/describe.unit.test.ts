import { describe, expect, test } from 'vitest'
import type { Direction } from '../../../../../shared/trace/dissector.ts'
import { describeHttpBody, describeHttpHead } from '../../../../../shared/trace/dissectors/http/describe.ts'
import { httpDissector } from '../../../../../shared/trace/dissectors/http.ts'
import { dissectWhole, plainDissected } from '../../../../helpers/dissect.ts'

const http = (text: string) => text.replaceAll('\n', '\r\n')

/** Heads of messages, and for some a body, without which the dissector would wait for it. */
const HEADS: readonly [direction: Direction, head: string, body?: string][] = [
  ['request', http('GET /a?b HTTP/1.1\nHost: x\n\n')],
  ['request', 'GET / HTTP/1.0\n\n'],
  [
    'request',
    http('POST http://user:pa55@x/\u00c3\u00a9 HTTP/1.1\nCookie: a=s3cret;\n\tb=s3cret\nContent-Length: 0\n\n'),
  ],
  ['response', http('HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 0\nSet-Cookie: id=s3cret\n\n')],
  ['response', http('HTTP/1.1 200 OK\nTransfer-Encoding: gzip\ntransfer-encoding: chunked\n\n'), http('0\n\n')],
  ['response', http('HTTP/1.1 304 Not Modified\n\n')],
  ['response', http(`HTTP/1.1 204 No\nX: ${'x'.repeat(5000)}\n\n`)],
]

describe.each(HEADS)('the %s %j', (direction, head, body = '') => {
  const before: [Direction, string][] = direction === 'response' ? [['request', 'GET / HTTP/1.1\r\n\r\n']] : []
  const [expected] = dissectWhole(httpDissector, [...before, [direction, head + body]]).slice(before.length)

  test('is described as the dissector describes it', () => {
    expect(plainDissected(describeHttpHead(direction, 1, head))).toEqual(expected)
  })

  test('is described from its bytes too', () => {
    expect(plainDissected(describeHttpHead(direction, 1, Buffer.from(head, 'latin1')))).toEqual(expected)
  })
})

const BODY = { direction: 'response', exchange: 2, size: 9, bytes: Buffer.from('123456789') } as const

test.each([
  [{}, '9 bytes'],
  [{ type: 'text/plain' }, '9 bytes of text/plain'],
  [{ type: 'a\tb' }, '9 bytes of a\\tb'],
  [{ isComplete: false }, '9 bytes, incomplete'],
  [{ isComplete: false, declaredLength: 20, type: 'x' }, '9 of 20 bytes of x, incomplete'],
  [{ isComplete: true, declaredLength: 9 }, '9 bytes'],
])('a body with %j is described as %s', (fields, summary) => {
  const described = describeHttpBody({ ...BODY, ...fields })
  expect(plainDissected(described)).toEqual({ ...BODY, kind: 'transfer', summary })
})

test('a head that is not one is described, not thrown', () => {
  for (const head of ['', '\n', 'x', Buffer.alloc(20, 0xff)]) {
    const described = describeHttpHead('response', 1, head)
    expect(described).toMatchObject({ size: head.length })
    expect(described.summary).not.toContain('failed')
  }
})
