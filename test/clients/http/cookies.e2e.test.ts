/** The jar of cookies, filled by real responses. */
import { expect, test } from 'vitest'
import { createCookieJar, request } from '../../../clients/http/index.ts'
import { recordEvents } from '../../helpers/suite.ts'
import { serveCookies } from './serve-cookies.ts'

/** Starts a server for http and one for https, which all host names lead to; `get` returns the field Cookie that was sent. */
async function setUp() {
  const ports = { http: await serveCookies(), https: await serveCookies({ tls: true }) }
  const cookies = await createCookieJar()
  const locate = async ({ tls = false }) => ({ host: '127.0.0.1', port: tls ? ports.https : ports.http })
  const get = async (url: string, setCookies: readonly string[] = [], headers = {}) => {
    const target = new URL(url)
    for (const value of setCookies) target.searchParams.append('set', value)
    const verification = { insecure: true }
    const response = await request({ url: target.href, cookies, redirect: 'follow', verification, headers }, { locate })
    return response.text()
  }
  return { cookies, get, ports }
}

const WWW = 'http://www.fourwire.test/'

test.for([
  ['goes back to its host', WWW, 'a=1', WWW, 'a=1'],
  ['does not depend on the port', 'http://www.fourwire.test:81/', 'a=1', 'http://www.fourwire.test:82/', 'a=1'],
  ['has an IPv4 address as host', 'http://127.0.0.1/', 'a=1', 'http://127.0.0.1/x', 'a=1'],
  ['has an IPv6 address as host', 'http://[::1]/', 'a=1', 'http://[::1]/x', 'a=1'],
  ['has a name without dots as host', 'http://localhost/', 'a=1', 'http://localhost/x', 'a=1'],
  ['of one address does not go to another', 'http://127.0.0.1/', 'a=1; Domain=0.0.1', 'http://127.0.0.2/', ''],
  ['without Domain does not go to subdomains', 'http://fourwire.test/', 'a=1', WWW, ''],
  ['with Domain goes to subdomains', 'http://fourwire.test/', 'a=1; Domain=fourwire.test', WWW, 'a=1'],
  ['of a subdomain goes to the domain', WWW, 'a=1; Domain=fourwire.test', 'http://ftp.fourwire.test/', 'a=1'],
  ['is not for another domain', WWW, 'a=1; Domain=other.test', 'http://other.test/', ''],
  ['is not for a public suffix', 'http://a.co.uk/', 'a=1; Domain=co.uk', 'http://b.co.uk/', ''],
  ['is not for all of .test', WWW, 'a=1; Domain=test', 'http://other.test/', ''],
  ['with Path goes to that folder', WWW, 'a=1; Path=/app', `${WWW}app/x`, 'a=1'],
  ['with Path does not go to a name that starts alike', WWW, 'a=1; Path=/app', `${WWW}apple`, ''],
  ['without Path is for the folder of the request', `${WWW}app/in`, 'a=1', `${WWW}app/x`, 'a=1'],
  ['without Path is not for other folders', `${WWW}app/in`, 'a=1', WWW, ''],
  ['with Max-Age=0 is deleted', WWW, 'a=1; Max-Age=0', WWW, ''],
  ['with Max-Age is kept', WWW, 'a=1; Max-Age=60', WWW, 'a=1'],
  ['with a Max-Age of many digits is kept', WWW, `a=1; Max-Age=${'9'.repeat(400)}`, WWW, 'a=1'],
  ['with Expires in the past is deleted', WWW, 'a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT', WWW, ''],
  ['with Max-Age ignores Expires', WWW, 'a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT', WWW, 'a=1'],
  ['with HttpOnly is sent', WWW, 'a=1; HttpOnly; SameSite=Lax', WWW, 'a=1'],
  ['with Secure is not set over http', WWW, 'a=1; Secure', 'https://www.fourwire.test/', ''],
  ['with Secure is not set over http on loopback', 'http://127.0.0.1/', 'a=1; Secure', 'https://127.0.0.1/', ''],
  ['with Secure is not sent over http', 'https://127.0.0.1/', 'a=1; Secure', 'http://127.0.0.1/', ''],
  ['with Secure is sent over https', 'https://127.0.0.1/', 'a=1; Secure', 'https://127.0.0.1/', 'a=1'],
  ['of https goes to http if it is not Secure', 'https://127.0.0.1/', 'a=1', 'http://127.0.0.1/', 'a=1'],
  ['with __Host- is not set over http', WWW, '__Host-a=1; Secure; Path=/', 'https://www.fourwire.test/', ''],
  [
    'with __Host- is set over https',
    'https://www.fourwire.test/',
    '__Host-a=1; Secure; Path=/',
    'https://www.fourwire.test/x',
    '__Host-a=1',
  ],
  [
    'with __Host- has no Domain',
    'https://www.fourwire.test/',
    '__Host-a=1; Secure; Path=/; Domain=fourwire.test',
    'https://www.fourwire.test/',
    '',
  ],
  ['keeps UTF-8', WWW, 'a=grüße 👋', WWW, 'a=grüße 👋'],
  ['longer than 5000 bytes is ignored', WWW, `a=${'x'.repeat(5000)}`, WWW, ''],
  ['without a name is ignored', WWW, 'nonsense', WWW, ''],
] as const)('a cookie %s', async ([, from, setCookie, to, sent], { expect }) => {
  const { get } = await setUp()
  await get(from, [setCookie])
  expect(await get(to)).toBe(sent)
})

test('cookies of several fields are sent in one, those of the longest path first', async () => {
  const { get } = await setUp()
  await get(`${WWW}app/`, ['a=1; Path=/', 'b=2; Path=/app', 'c=3; Path=/'])
  expect(await get(`${WWW}app/`)).toBe('b=2; a=1; c=3')
  await get(WWW, ['a=4; Path=/', 'b=; Max-Age=0; Path=/app'])
  expect(await get(`${WWW}app/`)).toBe('a=4; c=3')
})

test('a redirect sets cookies, and the next request has those of its own host', async () => {
  const { get } = await setUp()
  const set = encodeURIComponent('b=2')
  const sent = await get(`${WWW}?status=302&to=${encodeURIComponent(`/next?set=${set}`)}`, ['a=1'])
  expect(sent).toBe('a=1')
  expect(await get(WWW)).toBe('a=1; b=2')
  expect(await get(`${WWW}?status=302&to=http://ftp.fourwire.test/`)).toBe('')
})

test('an error response sets cookies', async () => {
  const { get } = await setUp()
  await get(`${WWW}?status=403`, ['a=1'])
  expect(await get(WWW)).toBe('a=1')
})

test('a Cookie field of the caller replaces those of the jar', async () => {
  const { get } = await setUp()
  await get(WWW, ['a=1'])
  expect(await get(WWW, [], { cookie: 'mine=1' })).toBe('mine=1')
  expect(await get(WWW)).toBe('a=1')
})

test('http does not replace a Secure cookie', async () => {
  const { get } = await setUp()
  await get('https://www.fourwire.test/', ['id=real; Secure; Path=/'])
  await get(WWW, ['id=forged; Path=/'])
  await get('http://other.fourwire.test/', ['id=forged; Path=/; Domain=fourwire.test'])
  expect(await get(WWW)).toBe('id=forged')
  expect(await get('https://www.fourwire.test/')).toBe('id=real; id=forged')
})

test('a domain keeps its 50 most recently used cookies, a jar 300', async () => {
  const { cookies } = await setUp()
  const count = (url: string) => cookies.cookiesFor(url).split('; ').filter(Boolean).length
  cookies.store(
    WWW,
    Array.from({ length: 60 }, (_, index) => `c${index}=1`),
  )
  expect(count(WWW)).toBe(50)
  expect(cookies.cookiesFor(WWW)).toContain('c59=1')
  expect(cookies.cookiesFor(WWW)).not.toContain('c9=1')
  const hosts = Array.from({ length: 7 }, (_, index) => `http://host${index}.test/`)
  for (const host of hosts) {
    cookies.store(
      host,
      Array.from({ length: 50 }, (_, index) => `c${index}=1`),
    )
  }
  expect([WWW, ...hosts].map(count).reduce((sum, part) => sum + part)).toBe(300)
  expect(count(hosts.at(-1) ?? '')).toBe(50)
})

test('the trace masks cookies in both directions', async () => {
  const { cookies, ports } = await setUp()
  const recorder = recordEvents()
  cookies.store('http://127.0.0.1/', ['a=s3cret'])
  const response = await request({ url: `http://127.0.0.1:${ports.http}/?set=b=2`, cookies }, { trace: recorder.trace })
  expect(await response.text()).toBe('a=s3cret')
  expect(response.setCookies).toEqual(['b=2'])
  await recorder.until(({ kind }) => kind === 'close')
  const heads = recorder.events.flatMap(event =>
    event.kind === 'message' ? Buffer.from(event.bytes).toString('latin1') : [],
  )
  expect(heads).toEqual([
    expect.stringMatching(/\r\nCookie: \*\*\*\r\n/),
    expect.stringMatching(/\r\nSet-Cookie: \*\*\*\r\n/),
  ])
})
