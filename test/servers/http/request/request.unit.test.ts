import { describe, expect, test } from 'vitest'
import { encodePath, parseTarget } from '../../../../servers/http/request/target.ts'
import { validateRequest } from '../../../../servers/http/request/validate-request.ts'

describe('parseTarget', () => {
  test.each([
    ['/', '/', ''],
    ['/a/b?x=1', '/a/b', 'x=1'],
    ['/a?b?c#d', '/a', 'b?c'],
    ['/a#b?c', '/a', ''],
    ['/caf%C3%A9%20x', '/café x', ''],
    ['/a%3Fb', '/a?b', ''],
    ['http://host', '/', ''],
    ['HTTPS://user@host:1/a?b', '/a', 'b'],
    ['http://host?b', '/', 'b'],
  ])('parses %s', (text, path, query) => expect(parseTarget(text)).toEqual({ kind: 'path', path, query }))

  test('parses * as the server', () => expect(parseTarget('*')).toEqual({ kind: 'server' }))

  test.each(['/%', '/%zz', '/%c3%28', '/a%2fb', '/a%2Fb', '/%00', 'a', 'ftp://host/', '', 'host:1'])(
    'rejects %j',
    text => expect(parseTarget(text).kind).toBe('invalid'),
  )
})

test('encodePath encodes a path that cannot name another host', () => {
  expect(encodePath('/a b/é?')).toBe('/a%20b/%C3%A9%3F')
  expect(encodePath('//evil.example')).toBe('/evil.example')
})

describe('validateRequest', () => {
  const head = (changes: object) => ({
    url: '/',
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    rawHeaders: [],
    headers: {},
    ...changes,
  })
  const host = (value: string) => ({ rawHeaders: ['Host', value], headers: { host: value } })

  test.each([
    ['a name', host('www.fourwire.test:8080')],
    ['an IPv6 address', host('[::1]:8080')],
    ['an empty Host', host('')],
    ['HTTP/1.0 without Host', { httpVersionMinor: 0 }],
    ['Expect: 100-continue', { rawHeaders: ['Host', 'a'], headers: { host: 'a', expect: '100-Continue' } }],
  ])('accepts %s', (_title, given) => expect(validateRequest(head(given))).toBeUndefined())

  test.each([
    ['no Host', {}, 400],
    ['two Hosts', { rawHeaders: ['Host', 'a', 'X', 'y', 'hOST', 'a'], headers: { host: 'a' } }, 400],
    ['a Host with a path', host('a/b'), 400],
    ['a Host with a space', host('a b'), 400],
    ['HTTP/2.0', { ...host('a'), httpVersionMajor: 2 }, 505],
    ['HTTP/0.9', { httpVersionMajor: 0, httpVersionMinor: 9 }, 505],
    ['a target of 8193 bytes', { ...host('a'), url: `/${'a'.repeat(8192)}` }, 414],
    ['another expectation', { rawHeaders: ['Host', 'a'], headers: { host: 'a', expect: 'tea' } }, 417],
  ])('rejects %s', (_title, given, status) => expect(validateRequest(head(given))?.status).toBe(status))
})
