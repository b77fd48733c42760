import { describe, expect, test } from 'vitest'
import { headersForRedirect, resolveRedirect } from '../../../clients/http/redirect.ts'
import { parseArguments, parseHeaders, parseUrl, withDefaultHeaders } from '../../../clients/http/url.ts'
import { UsageError } from '../../../shared/errors.ts'

describe('parseUrl', () => {
  test.each([
    ['http://www.fourwire.test/a?b#c', 'www.fourwire.test', undefined, '/a?b'],
    ['www.fourwire.test', 'www.fourwire.test', undefined, '/'],
    ['localhost:8080/x', 'localhost', 8080, '/x'],
    ['HTTP://A:1', 'a', 1, '/'],
    ['http://a:80/', 'a', 80, '/'],
    ['https://a/', 'a', undefined, '/'],
    ['https://a:443/', 'a', 443, '/'],
    ['https://a:8443/x', 'a', 8443, '/x'],
    ['a:80', 'a', 80, '/'],
    ['http://[::1]:8080/', '::1', 8080, '/'],
    ['/healthz?x', undefined, undefined, '/healthz?x'],
    ['a/é b', 'a', undefined, '/%C3%A9%20b'],
  ])('parses %s', (text, host, port, target) => expect(parseUrl(text)).toMatchObject({ host, port, target }))

  test('converts user and password to Basic credentials', () => {
    expect(parseUrl('http://ann:p%40ss@a/').authorization).toBe(`Basic ${Buffer.from('ann:p@ss').toString('base64')}`)
    expect(parseUrl('http://a/').authorization).toBeUndefined()
  })

  test.each(['', 'http://', 'http://[::1', 'ftp://a/', '//a', 'http:///a', 'HTTPS:///a', 'http://%zz@a/'])(
    'rejects %j',
    text => expect(() => parseUrl(text)).toThrow(UsageError),
  )

  test('quotes a URL whose user cannot be decoded', () => {
    expect(() => parseUrl('http://a:%ff@host/')).toThrow(
      '"http://a:%ff@host/" has a "%" that is not percent-encoded UTF-8',
    )
  })
})

describe('parseArguments', () => {
  test.each([
    [['http://a/'], 'GET', 'http://a/'],
    [['PUT', 'http://a/'], 'PUT', 'http://a/'],
    [['M-SEARCH', 'a'], 'M-SEARCH', 'a'],
  ])('parses %j', (args, method, url) => expect(parseArguments(args, 'GET')).toEqual({ method, url }))

  test.each([
    [['get', 'http://a/'], '"get" is not a method. Methods are in upper case: GET'],
    [['g:t', 'http://a/'], '"g:t" is not a method. Examples: GET, PUT'],
    [['http://a/', 'b=c'], 'unexpected argument after the URL http://a/: b=c. A method is before the URL'],
    [['GET'], 'URL missing after GET'],
    [['GET', 'a', 'b'], 'too many arguments: b'],
  ])('rejects %j', (args, text) => expect(() => parseArguments(args, 'GET')).toThrow(text))
})

describe('parseHeaders', () => {
  test('collects the values of a repeated header field', () => {
    expect(parseHeaders(['A: 1', 'B;', 'A:2 '])).toEqual({ A: ['1', '2 '], B: [''] })
  })

  test('a field without a value is omitted with a colon, and sent with a semicolon, as in curl', () => {
    const headers = withDefaultHeaders({ accept: '*/*', 'User-Agent': 'x' }, parseHeaders(['Accept:', 'B;', 'C: 1']))
    expect(headers).toEqual({ Accept: [], B: '', C: '1', 'User-Agent': 'x' })
  })

  test.each(['A', ': x', 'A b: x', 'A: x\r\nB: y', 'A; x', 'A b;'])('rejects %j as a header field', text =>
    expect(() => parseHeaders([text])).toThrow(UsageError),
  )
})

describe('redirects', () => {
  const from = (method: string) => ({ url: 'http://a/x/y', method })

  test.each([
    [301, 'GET', '/z', 'GET', 'http://a/z'],
    [302, 'POST', 'z', 'GET', 'http://a/x/z'],
    [301, 'PUT', '/z', 'PUT', 'http://a/z'],
    [303, 'PUT', '/z', 'GET', 'http://a/z'],
    [303, 'HEAD', '/z', 'HEAD', 'http://a/z'],
    [307, 'POST', 'http://b/', 'POST', 'http://b/'],
    [308, 'POST', '//b/', 'POST', 'http://b/'],
  ])('%i in response to %s, to %s: the next request is %s %s', (status, method, location, next, url) => {
    expect(resolveRedirect(status, location, from(method))).toMatchObject({
      method: next,
      url,
      keepsBody: next === method,
    })
  })

  test.each([
    [200, '/z'],
    [304, '/z'],
    [302, undefined],
    [302, 'http://['],
  ])('does not follow %i to %s', (status, location) =>
    expect(resolveRedirect(status, location, from('GET'))).toBeUndefined(),
  )

  const headers = { Authorization: 'x', cookie: 'y', 'Content-Type': 'z', 'X-A': ['1', '2'] }

  test('omits credentials for another origin, and the fields of a body that is not sent', () => {
    const to = { url: 'http://b/', method: 'GET' }
    expect(headersForRedirect(headers, { ...to, keepsBody: true, sameOrigin: true })).toEqual(headers)
    expect(headersForRedirect(headers, { ...to, keepsBody: false, sameOrigin: false })).toEqual({ 'X-A': ['1', '2'] })
  })
})
