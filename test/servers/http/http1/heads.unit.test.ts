import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bodyFraming } from '../../../../servers/http/http1/framing.ts'
import { MalformedRequest } from '../../../../servers/http/http1/malformed-request.ts'
import { parseHead } from '../../../../servers/http/http1/parse-head.ts'
import { startsWithPreface } from '../../../../servers/http/http1/preface.ts'
import { takeHead } from '../../../../servers/http/http1/take-head.ts'
import { MAX_HEAD_BYTES } from '../../../../servers/http/limits.ts'
import { RAW_GROUPS } from './raw-cases.ts'

describe('parseHead', () => {
  test('returns method, target, version and fields', () => {
    expect(parseHead('GET /a?b HTTP/1.0\r\nHost: a\r\nX-Y:  b c \r\nEmpty:')).toEqual({
      method: 'GET',
      target: '/a?b',
      minorVersion: 0,
      headers: { host: 'a', 'x-y': 'b c', empty: '' },
    })
    expect(parseHead('GET / HTTP/1.7')).toEqual({ method: 'GET', target: '/', minorVersion: 1, headers: {} })
  })

  test.each([
    ['joins values of a repeated field', 'X: a\r\nx: b', { x: 'a, b' }],
    ['joins cookies with a semicolon', 'Cookie: a=1\r\nCookie: b=2', { cookie: 'a=1; b=2' }],
    [
      'joins the dates of a repeated condition',
      'If-Modified-Since: a\r\nIf-Modified-Since: b',
      { 'if-modified-since': 'a, b' },
    ],
    ['keeps the first of a field with one value', 'User-Agent: a\r\nUser-Agent: b', { 'user-agent': 'a' }],
    ['keeps a no-break space', 'Content-Length: 5\xa0 \t', { 'content-length': '5\xa0' }],
    ['does not change the prototype', '__proto__: a\r\nconstructor: b', { constructor: 'b' }],
  ])('%s', (_title, fields, headers) => expect(parseHead(`GET / HTTP/1.1\r\n${fields}`).headers).toEqual(headers))

  test.each([
    ['GET / HTTP/1.1\r\nX: a\nY: b', 'A header field ends with LF alone, not with CRLF.'],
    ['GET / HTTP/1.1\r\nX : b', 'A header field has white space before its colon.'],
    [
      'GET / HTTP/1.1\r\nX: a\r\n b',
      'A header field continues on a second line, or the first one starts with white space.',
    ],
    ['GET / HTTP/1.1\r\nX', 'A line of the header section has no colon.'],
    ['GET / HTTP/1.1\r\nX: \x01', 'A header field contains a control character.'],
    ['GET /a b HTTP/1.1', 'The request target contains a space. Percent-encode it as %20.'],
    ['GET  / HTTP/1.1', 'The request line must have exactly one space between method, target and version.'],
    ['GET /\xe9 HTTP/1.1', 'The request line contains a byte that is not ASCII. Percent-encode it in the target.'],
    ['GET /', 'The request line has no version. HTTP/0.9 is not supported.'],
    ['GET / HTTP/x', 'The request line is not METHOD TARGET HTTP/1.1.'],
    ['GET', 'This is not an HTTP request.'],
  ])('%j: states what is wrong', (head, detail) =>
    expect(() => parseHead(head)).toThrow(new MalformedRequest(400, detail)),
  )

  test('arbitrary text is a head or an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        try {
          parseHead(`GET / HTTP/1.1\r\n${text}`)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedRequest)
        }
      }),
    )
  })
})

describe('takeHead', () => {
  const HEAD = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

  test('returns the head only when it is complete, whatever follows', () => {
    for (let length = 0; length < HEAD.length; length += 1) {
      expect(takeHead(Buffer.from(HEAD.slice(0, length)))).toBeUndefined()
    }
    expect(takeHead(Buffer.from(`${HEAD}rest`))).toEqual({ text: HEAD.trimEnd(), end: HEAD.length })
    expect(takeHead(Buffer.from(`\r\n\r\n${HEAD}`))).toEqual({ text: HEAD.trimEnd(), end: HEAD.length + 4 })
  })

  test('the empty lines before a head are bounded', () => {
    expect(() => takeHead(Buffer.from('\r\n'.repeat(MAX_HEAD_BYTES)))).toThrow(MalformedRequest)
  })

  test.each([
    ['a method without an end', 'A'.repeat(MAX_HEAD_BYTES + 1), 501],
    ['a long method and a long target', `${'A'.repeat(100)} /${'a'.repeat(MAX_HEAD_BYTES)}`, 501],
    ['a target without an end', `GET /${'a'.repeat(MAX_HEAD_BYTES)}`, 414],
    ['a version without an end', `GET / HTTP/1.${'1'.repeat(MAX_HEAD_BYTES)}`, 400],
    ['a method with a control character', `A\x01${'A'.repeat(MAX_HEAD_BYTES)}`, 400],
    ['many fields', `GET / HTTP/1.1\r\n${'a: b\r\n'.repeat(MAX_HEAD_BYTES)}`, 431],
  ])('%s: the status states what is too long', (_title, text, status) => {
    expect(() => takeHead(Buffer.from(text, 'latin1'))).toThrow(expect.objectContaining({ status }))
  })

  test.each(['\x16\x03\x01', 'EHLO a\r\n', '{', 'GET /\n', 'GET / HTTP/1.1\nH', 'GET / FTP', '\n', ' '])(
    'rejects %j without waiting for more',
    text => expect(() => takeHead(Buffer.from(text, 'latin1'))).toThrow(MalformedRequest),
  )

  test('a head of the raw cases is found, or rejected, at the same byte in any split', () => {
    for (const [, text] of RAW_GROUPS.flatMap(({ cases }) => cases)) {
      const end = text.indexOf('\r\n\r\n')
      for (let length = 0; length < Math.min(end, 200); length += 1) {
        try {
          expect(takeHead(Buffer.from(text.slice(0, length), 'latin1'))).toBeUndefined()
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedRequest)
          break
        }
      }
    }
  })
})

test.each([
  [{}, { kind: 'none' }],
  [{ 'content-length': '0' }, { kind: 'none' }],
  [{ 'content-length': '12' }, { kind: 'length', length: 12 }],
  [{ 'transfer-encoding': ' Chunked\t' }, { kind: 'chunked' }],
] as const)('the framing of a body with %o', (headers, framing) => {
  expect(bodyFraming({ method: 'POST', target: '/', minorVersion: 1, headers })).toEqual(framing)
})

test.each([
  ['', 'no'],
  ['P', 'maybe'],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r', 'maybe'],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'yes'],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore', 'yes'],
  ['POST', 'no'],
  ['GET', 'no'],
])('%j starts with the preface of HTTP/2: %s', (text, expected) => {
  expect(startsWithPreface(Buffer.from(text))).toBe(expected)
})
