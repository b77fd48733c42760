import { describe, expect, test } from 'vitest'
import { decodeParams, encodePath, parseTarget, pathText } from '../../../../servers/http/request/target.ts'
import { validateRequest } from '../../../../servers/http/request/validate-request.ts'

describe('parseTarget', () => {
  test.each([
    ['/', '/', ''],
    ['/a/b', '/a/b', ''],
    ['/a/b?x=1', '/a/b', 'x=1'],
    ['/a?b?c', '/a', 'b?c'],
    ['/caf%C3%A9%20x', '/café x', ''],
    ['/a%3Fb', '/a?b', ''],
    ['//a//b/', '//a//b/', ''],
    ['/a/../b', '/b', ''],
    ['/a/./b/.', '/a/b/', ''],
    ['/a/b/..', '/a/', ''],
    ['/%2e%2E/../../a', '/a', ''],
    ['/..', '/', ''],
    ['/.a/..b', '/.a/..b', ''],
    ['/?a=/../b', '/', 'a=/../b'],
  ])('parses %s', (text, path, query) => expect(parseTarget(text)).toEqual({ kind: 'path', path, query }))

  test.each([
    ['http://host', '/', '', 'host'],
    ['HTTPS://host:1/a?b', '/a', 'b', 'host:1'],
    ['http://host?b', '/', 'b', 'host'],
    ['http://[::1]:8080/a', '/a', '', '[::1]:8080'],
  ])('parses %s with its authority', (text, path, query, authority) =>
    expect(parseTarget(text)).toEqual({ kind: 'path', path, query, authority }),
  )

  test.each([
    ['/repos/a%2Fb', '/repos/a%2Fb'],
    ['/a%2f%252F/caf%C3%A9', '/a%2F%2F/café'],
    ['/a/../b%2F..%2Fc?x', '/b%2F..%2Fc'],
    ['/%2F', '/%2F'],
  ])('keeps the encoded slash of %s apart from others', (text, shown) => {
    const target = parseTarget(text)
    expect(target).toMatchObject({ kind: 'encoded-slash', query: text.includes('?') ? 'x' : '' })
    expect(target.kind === 'encoded-slash' && pathText(target.path)).toBe(shown)
  })

  test('parses an encoded slash in an absolute URL', () => {
    expect(parseTarget('http://host/a%2Fb')).toMatchObject({ kind: 'encoded-slash', authority: 'host' })
  })

  test('parses * as the server', () => expect(parseTarget('*')).toEqual({ kind: 'server' }))

  test.each([
    '/%',
    '/%zz',
    '/%c3%28',
    '/%00',
    '/a%2Fb%00',
    '/a#b',
    'http://a/#b',
    'http://user@host/',
    'http:///a',
    'http://a/%',
    'a',
    'ftp://host/',
    '',
    'host:1',
  ])('rejects %j', text => expect(parseTarget(text).kind).toBe('invalid'))
})

test('decodeParams decodes encoded slashes, and only these', () => {
  expect(decodeParams({ a: 'x\0y%2F' })).toEqual({ a: 'x/y%2F' })
  expect(decodeParams()).toEqual({})
})

test('encodePath encodes a path that cannot name another host', () => {
  expect(encodePath('/a b/é?')).toBe('/a%20b/%C3%A9%3F')
  expect(encodePath('//evil.example')).toBe('/evil.example')
})

describe('validateRequest', () => {
  const head = (changes: object) => ({ target: '/', isHttp11: true, isSecure: false, host: 'a', ...changes })

  test.each([
    ['a name', { host: 'www.fourwire.test:8080' }],
    ['an IPv6 address', { host: '[::1]:8080' }],
    ['a percent-encoded name', { host: 'caf%C3%A9' }],
    ['an empty port', { host: 'a:' }],
    ['HTTP/1.0 without Host', { isHttp11: false, host: undefined }],
    ['an IPv6 address with a port that is not one of TCP', { host: '[::1]:65536' }],
    ['an https URL over TLS', { target: 'https://a/', isSecure: true }],
    ['an http URL over TLS', { target: 'http://a/', isSecure: true }],
    ['Expect: 100-continue', { expect: '100-Continue' }],
    ['an expectation twice', { expect: '100-continue, 100-continue' }],
    ['an expectation with empty elements', { expect: ', 100-continue,' }],
    ['an empty list of expectations', { expect: '' }],
    ['another expectation in HTTP/1.0', { isHttp11: false, expect: 'tea' }],
  ])('accepts %s', (_title, given) => expect(validateRequest(head(given))).toBeUndefined())

  test.each([
    ['no Host', { host: undefined }, 400],
    ['an empty Host', { host: '' }, 400],
    ['a Host with a path', { host: 'a/b' }, 400],
    ['a Host with a space', { host: 'a b' }, 400],
    ['a Host with user information', { host: 'user@a' }, 400],
    ['a Host with a port that is not a number', { host: 'x:abc' }, 400],
    ['a Host with an open bracket', { host: '[::1' }, 400],
    ['a Host with an address that does not exist', { host: '[1:2]' }, 400],
    ['a Host with a broken escape', { host: 'a%zz' }, 400],
    ['an invalid Host in HTTP/1.0', { isHttp11: false, host: 'a b' }, 400],
    ['a target of 8193 bytes', { target: `/${'a'.repeat(8192)}` }, 414],
    ['a Host with a zone of an IPv6 address', { host: '[fe80::1%25eth0]' }, 400],
    ['an https URL without TLS', { target: 'HTTPS://a/' }, 421],
    ['another expectation', { expect: 'tea' }, 417],
    ['another expectation in a list', { expect: '100-continue, tea' }, 417],
    ['an expectation with a parameter', { expect: '100-continue;x=1' }, 417],
  ])('rejects %s', (_title, given, status) => expect(validateRequest(head(given))?.status).toBe(status))
})
