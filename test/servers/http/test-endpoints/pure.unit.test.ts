import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Digest, parseDigest } from '../../../../servers/http/test-endpoints/authentication/digest.ts'
import {
  MAX_CHOICES,
  MAX_FIELDS,
  MAX_FORM_VALUES,
  MAX_JSON_DEPTH,
  MAX_JSON_VALUES,
  NONCE_LIFETIME_MS,
} from '../../../../servers/http/test-endpoints/bounds.ts'
import { corsFields } from '../../../../servers/http/test-endpoints/cors.ts'
import type { EndpointRequest } from '../../../../servers/http/test-endpoints/endpoint.ts'
import { describeFields, urlOf } from '../../../../servers/http/test-endpoints/requests/describe-request.ts'
import { TestEndpoints } from '../../../../servers/http/test-endpoints/test-endpoints.ts'
import { FrameScanner } from '../../../../servers/http/test-endpoints/websocket/frame-scanner.ts'

describe('frames', () => {
  const frame = (length: number, mask = true) => {
    const bit = mask ? 0x80 : 0
    const header =
      length < 126
        ? Buffer.from([0x82, bit | length])
        : length < 65_536
          ? Buffer.from([0x82, bit | 126, length >> 8, length & 0xff])
          : Buffer.concat([
              Buffer.from([0x82, bit | 127, 0, 0, 0, 0]),
              Buffer.from([0, length >> 16, (length >> 8) & 0xff, length & 0xff]),
            ])
    return Buffer.concat([header, Buffer.alloc(mask ? 4 : 0), Buffer.alloc(length, 0xff)])
  }

  test.each([
    [125, 125, undefined],
    [125, 126, 126],
    [126, 126, undefined],
    [65_535, 65_536, 65_536],
    [70_000, 70_000, undefined],
    [0, 0, undefined],
  ])('with the bound %i and %i bytes lead to %j, whole and byte by byte, after others', (bound, length, expected) => {
    const bytes = Buffer.concat([
      frame(0),
      frame(Math.min(bound, 3)),
      frame(Math.min(bound, 200), false),
      frame(length),
    ])
    expect(new FrameScanner(bound).push(bytes)).toBe(expected)
    const scanner = new FrameScanner(bound)
    const results = Array.from(bytes, byte => scanner.push(Uint8Array.of(byte)))
    expect(results.find(result => result !== undefined)).toBe(expected)
  })
})

describe('digest authentication', () => {
  const expected = { user: 'Mufasa', password: 'Circle of Life', algorithm: 'SHA-256' } as const
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const NOW = 1_700_000_000_000
  const digest = new Digest()

  /** The credentials of a client, with changes. */
  function authorize(challenge: string, change: Readonly<Record<string, string>> = {}): string {
    const { realm = '', nonce = '' } = Object.fromEntries(parseDigest(challenge) ?? [])
    const secret = hash(`Mufasa:${realm}:Circle of Life`)
    const response = hash(`${secret}:${nonce}:00000001:f2:auth:${hash('GET:/a?b')}`)
    const fields = {
      username: 'Mufasa',
      realm,
      uri: '/a?b',
      algorithm: 'SHA-256',
      nonce,
      nc: '00000001',
      cnonce: 'f2',
      qop: 'auth',
    }
    const all = Object.entries({ ...fields, response, ...change })
    return `Digest ${all.map(([name, value]) => `${name}="${value}"`).join(', ')}`
  }

  const check = (authorization: string, now = NOW) =>
    digest.check({ method: 'GET', target: '/a?b', authorization }, expected, now)
  const challenge = digest.challenge('SHA-256', NOW, false)

  test('accepts the response to its challenge, also again', () => {
    expect([check(authorize(challenge)), check(authorize(challenge), NOW + NONCE_LIFETIME_MS)]).toEqual([
      'accepted',
      'accepted',
    ])
  })

  test.each([
    ['username', 'Scar'],
    ['realm', 'x'],
    ['uri', '/other'],
    ['qop', 'auth-int'],
    ['nc', '1'],
    ['cnonce', ''],
    ['algorithm', 'MD5'],
    ['response', 'x'],
    ['response', '0'.repeat(64)],
  ])('refuses %s=%s', (name, value) => expect(check(authorize(challenge, { [name]: value }))).toBe('refused'))

  test.each(['', 'Basic eDp5', 'Digest', 'Digest x'])('refuses %j', field => expect(check(field)).toBe('refused'))

  test('an old nonce, one of the future and one of another server are stale', () => {
    expect(check(authorize(challenge), NOW + NONCE_LIFETIME_MS + 1)).toBe('stale')
    expect(check(authorize(challenge), NOW - 1)).toBe('stale')
    expect(check(authorize(new Digest().challenge('SHA-256', NOW, false)))).toBe('stale')
    expect(digest.challenge('MD5', NOW, true)).toMatch(/algorithm=MD5, .*, stale=true$/)
  })

  test('a quoted value may have escapes and commas', () => {
    expect(parseDigest('digest a="b\\"c, d", E=f')).toEqual(new Map(Object.entries({ a: 'b"c, d', e: 'f' })))
  })
})

describe('a description', () => {
  const request = (change: Partial<EndpointRequest>): EndpointRequest => ({
    method: 'GET',
    target: '/test/get',
    path: '/test/get',
    query: '',
    params: {},
    headers: { host: 'a' },
    client: { host: '127.0.0.1', port: 1 },
    isSecure: false,
    parameters: new URLSearchParams(),
    body: { read: async () => Buffer.alloc(0), async *stream() {} },
    ...change,
  })

  test.each([
    [{}, 'http://a/test/get'],
    [{ isSecure: true }, 'https://a/test/get'],
    [{ headers: {} }, 'http://localhost/test/get'],
    [{ headers: { ':authority': 'b' } }, 'http://b/test/get'],
    [{ headers: { host: 'a', 'x-forwarded-proto': 'http', 'x-forwarded-ssl': 'on' } }, 'http://a/test/get'],
    [{ target: 'http://c/test/get' }, 'http://c/test/get'],
  ] as const)('of %j has the URL %s', (change, url) => expect(urlOf(request(change))).toBe(url))

  test('has the fields in canonical form, without the pseudo-fields of HTTP/2', () => {
    const fields = { ':path': '/', 'x-b': '1', 'set-cookie': ['a', 'b'], missing: undefined }
    expect(describeFields(fields)).toEqual({ 'Set-Cookie': ['a', 'b'], 'X-B': ['1'] })
  })

  const manyParameters = (count: number) =>
    new URLSearchParams(Array.from({ length: count }, (_, index): [string, string] => [`x-${index}`, '1']))

  test.each(['/cookies/set', '/cookies/delete', '/response-headers', '/trailers'])(
    '%s has a bound on its fields',
    async path => {
      const endpoints = new TestEndpoints()
      const respond = (count: number) =>
        endpoints.respond(request({ path: `/test${path}`, parameters: manyParameters(count) }))
      expect((await respond(MAX_FIELDS)).status).toBeLessThan(400)
      expect(await respond(MAX_FIELDS + 1)).toMatchObject({ status: 400, detail: expect.stringContaining('more than') })
    },
  )

  test('a status has a bound on its choices', async () => {
    const path = `/test/status/${Array(MAX_CHOICES + 1)
      .fill('200')
      .join(',')}`
    const response = await new TestEndpoints().respond(request({ path }))
    expect(response.detail).toBe(`There are more than ${MAX_CHOICES} status codes.`)
  })

  test('a form has a bound on its parts', async () => {
    const respond = (parts: number) => {
      const part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
      const body = Buffer.from(`${part.repeat(parts)}--x--\r\n`)
      const headers = { 'content-type': 'multipart/form-data; boundary=x' }
      const bytes = { read: async () => body, async *stream() {} }
      return new TestEndpoints().respond(request({ method: 'POST', path: '/test/post', headers, body: bytes }))
    }
    expect((await respond(MAX_FORM_VALUES)).status).toBe(200)
    expect(await respond(MAX_FORM_VALUES + 1)).toMatchObject({
      status: 400,
      detail: `The form has more than ${MAX_FORM_VALUES} values.`,
    })
  })

  test('a form is read only up to the bound on its parts', async () => {
    const part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    const { detail } = await post('multipart/form-data; boundary=x', part.repeat(10 * MAX_FORM_VALUES))
    expect(detail).toBe(`The form has more than ${MAX_FORM_VALUES} values.`)
  })

  const post = (type: string, text: string) => {
    const body = { read: async () => Buffer.from(text), async *stream() {} }
    return new TestEndpoints().respond(
      request({ method: 'POST', path: '/test/post', headers: { 'content-type': type }, body }),
    )
  }

  test('a form in the URL encoding has a bound on its values', async () => {
    const form = (values: number) => post('application/x-www-form-urlencoded', Array(values).fill('a=1').join('&'))
    expect((await form(MAX_FORM_VALUES)).status).toBe(200)
    expect((await form(MAX_FORM_VALUES + 1)).detail).toBe(`The form has more than ${MAX_FORM_VALUES} values.`)
  })

  test('JSON has a bound on its depth', async () => {
    const nested = (depth: number) => post('application/json', `${'['.repeat(depth)}"[[\\"[["${']'.repeat(depth)}`)
    expect((await nested(MAX_JSON_DEPTH)).status).toBe(200)
    for (const depth of [MAX_JSON_DEPTH + 1, 500_000]) {
      expect((await nested(depth)).detail).toBe(`The JSON of the body is more than ${MAX_JSON_DEPTH} levels deep.`)
    }
  })

  test('JSON with too many values is refused; commas and brackets in strings do not count', async () => {
    const listOf = (count: number) => post('application/json', `["${',['.repeat(100_000)}"${',1'.repeat(count - 2)}]`)
    expect((await listOf(MAX_JSON_VALUES)).status).toBe(200)
    for (const response of [
      await listOf(MAX_JSON_VALUES + 1),
      await post('application/json', `[${'[],'.repeat(MAX_JSON_VALUES)}{}]`),
      await post('application/json', `[${'{},'.repeat(MAX_JSON_VALUES)}{}]`),
    ]) {
      expect(response.status).toBe(413)
      expect(response.detail).toContain(`more than ${MAX_JSON_VALUES} values`)
    }
  })

  test('JSON that is not valid is refused at once', async () => {
    // With a time that grows with the square of the length, this takes minutes.
    for (const text of ['"'.repeat(500_000), '\\"'.repeat(500_000), `"${'\\"'.repeat(500_000)}`]) {
      expect((await post('application/json', text)).status).toBe(400)
    }
  })

  test('the response to deep and wide JSON is not much longer than the request', async () => {
    const text = `${'['.repeat(MAX_JSON_DEPTH)}${'1,'.repeat(MAX_JSON_VALUES - 2 * MAX_JSON_DEPTH)}1${']'.repeat(MAX_JSON_DEPTH)}`
    const { body } = await post('application/json', text)
    expect(Buffer.byteLength(body as Uint8Array)).toBeLessThan(3 * text.length)
  })

  /** With a time that grows with the square of this length, a test takes minutes. */
  const LONG = 1_000_000

  test.each([
    ['/delay/:text', `${'1'.repeat(LONG)}x`],
    ['/delay/:text', `${'1s'.repeat(LONG / 2)}x`],
    ['/status/200,200:text', `${'1'.repeat(LONG)}x`],
    ['/base64/:text', `${'a'.repeat(LONG)}!`],
    ['/etag/:text', `${'a'.repeat(LONG)} `],
    ['/bytes/:text', '1'.repeat(LONG)],
  ])('%s with a long value is refused at once', async (path, value) => {
    const response = await new TestEndpoints().respond(request({ path: `/test${path.replace(':text', value)}` }))
    expect(response.status).toBe(400)
  })

  test.each([
    ['authorization', `Digest ${'a'.repeat(LONG)}`],
    ['authorization', `Digest ${'a=b '.repeat(LONG / 4)}`],
    ['authorization', `Digest a="${'\\'.repeat(LONG)}`],
    ['authorization', `Basic ${'a'.repeat(LONG)}!`],
    ['origin', `http://${'a.'.repeat(LONG / 2)}`],
    ['cookie', 'a;'.repeat(LONG / 2)],
  ])('a long %s field is parsed at once', async (name, value) => {
    for (const path of ['/test/digest-auth/auth/a/b', '/test/basic-auth/a/b', '/test/cookies']) {
      await new TestEndpoints().respond(request({ path, headers: { [name]: value } }))
    }
  })

  test('a defect of an endpoint is not hidden', async () => {
    const body = { read: () => Promise.reject(new Error('broken')), async *stream() {} }
    const response = new TestEndpoints().respond(request({ path: '/test/anything', body }))
    await expect(response).rejects.toThrow('broken')
  })
})

test.each([
  ['http://[::1]:3000', true],
  ['https://app.test', true],
  ['http://127.0.0.1', true],
  ['null', false],
  ['https://localhost.example.com', false],
  ['https://test.example', false],
])('the origin %s may send credentials: %s', (origin, isAllowed) => {
  expect(corsFields({ origin }).includes('Access-Control-Allow-Credentials')).toBe(isAllowed)
})
