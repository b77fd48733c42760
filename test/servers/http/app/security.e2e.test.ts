import { expect, test } from 'vitest'
import { AppClient, appSuite, signedInClient } from './client.ts'

test('session fixation: a sign-in never takes over a token that the client sends', async () => {
  const { http } = await appSuite()
  const client = new AppClient(http.url)
  client.cookie = `session=${'A'.repeat(43)}`
  await client.signIn()
  expect(client.cookie).not.toContain('AAAA')
  const before = client.cookie
  await client.signIn('bob', 'builder')
  expect(client.cookie).not.toBe(before)
  // The session of the earlier sign-in has ended.
  client.cookie = before
  expect((await client.get('/api/session')).status).toBe(401)
})

test.each([
  ['Sec-Fetch-Site', 'cross-site'],
  ['Sec-Fetch-Site', 'same-site'],
  ['Origin', 'https://evil.example'],
  ['Origin', 'null'],
  ['Origin', 'http://127.0.0.1:1'],
])('forgery: a request with %s: %s changes nothing', async (name, value) => {
  const { http } = await appSuite()
  const client = await signedInClient(http.url)
  const headers = { [name]: value }
  expect((await client.form('/app/notices', { text: 'forged' }, headers)).status).toBe(403)
  expect((await client.json('POST', '/api/notices', { text: 'forged' }, headers)).status).toBe(403)
  expect((await client.form('/app/sign-out', {}, headers)).status).toBe(403)
  const forgedSignIn = await new AppClient(http.url).form('/app/sign-in', { user: 'bob', password: 'builder' }, headers)
  expect([forgedSignIn.status, forgedSignIn.headers.get('set-cookie')]).toEqual([403, null])
  expect((await client.get('/api/notices')).json).toMatchObject({ notices: [] })
})

test('a request of a page of the server itself is not a forgery', async () => {
  const { http } = await appSuite()
  const client = await signedInClient(http.url)
  const fields = { Origin: new URL(http.url).origin, 'Sec-Fetch-Site': 'same-origin' }
  expect((await client.form('/app/notices', { text: 'mine' }, fields)).status).toBe(303)
})

test('a name that points to this machine from outside (DNS rebinding) is refused', async () => {
  const { http } = await appSuite()
  const { request } = await import('undici')
  const { statusCode, body } = await request(new URL('/api/session', http.url), { headers: { host: 'evil.example' } })
  expect([statusCode, await body.json()]).toEqual([403, expect.objectContaining({ status: 403 })])
})

test.each(['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '</textarea><script>alert(1)</script>'])(
  'cross-site scripting: the notice %s is text in every page',
  async text => {
    const { http } = await appSuite()
    const client = await signedInClient(http.url)
    const { id } = (await client.json('POST', '/api/notices', { text })).json as { id: string }
    for (const path of ['/app/notices', `/app/notices/${id}`, `/app/notices/${id}/delete`]) {
      const page = await client.get(path)
      expect(page.status).toBe(200)
      expect(page.text).not.toContain(text)
      expect(page.text).toContain(text.replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'))
    }
  },
)

test.each(['"><script>alert(1)</script>', 'javascript:alert(1)'])(
  'cross-site scripting: the parameter next=%s is not reflected as markup',
  async next => {
    const { http } = await appSuite()
    const page = await new AppClient(http.url).get(`/app/sign-in?${new URLSearchParams({ next })}`)
    expect(page.text).not.toContain('<script>')
  },
)

test.each([
  'https://evil.example/',
  '//evil.example/',
  '/\\evil.example/',
  '\\\\evil.example',
  'javascript:alert(1)',
  '/app/../../evil',
  '/app\t/../\n/evil.example',
  '/files/',
  'http://application.invalid//evil.example/app/',
])('open redirect: next=%j leads to the first page', async next => {
  const { http } = await appSuite()
  const signedIn = await new AppClient(http.url).form('/app/sign-in', { user: 'alice', password: 'wonderland', next })
  expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, '/app'])
})

test('pages have a strict policy and no script', async () => {
  const { http } = await appSuite()
  const client = await signedInClient(http.url)
  for (const path of ['/app/notices', '/app/sessions', '/app/nothing', '/app/sign-out?x=1']) {
    const page = await client.get(path)
    if (page.status === 405) continue
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'self'; .*frame-ancestors 'none'$/,
    )
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    expect(page.text).not.toMatch(/<script|<style|\son\w+=|javascript:/i)
  }
})

test('over TLS the cookie is Secure, and its prefix binds it to the host', async () => {
  const suite = await appSuite({ tls: true })
  const url = suite.http.endpoints.find(({ transport }) => transport === 'tls')?.url ?? ''
  const { Agent, request } = await import('undici')
  const dispatcher = new Agent({ connect: { ca: suite.tls?.ca } })
  const signIn = await request(new URL('/api/sign-in', url), {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'alice', password: 'wonderland' }),
  })
  await signIn.body.dump()
  expect(signIn.headers['set-cookie']).toMatch(
    /^__Host-session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  )
  const cookie = String(signIn.headers['set-cookie']).split(';')[0] ?? ''
  const statusOf = async (field: string) => {
    const { statusCode, body } = await request(new URL('/api/session', url), { dispatcher, headers: { cookie: field } })
    await body.dump()
    return statusCode
  }
  expect(await statusOf(cookie)).toBe(200)
  // A cookie that an attacker has set over plain HTTP has no effect over TLS.
  expect(await statusOf(cookie.replace('__Host-', ''))).toBe(401)
  await dispatcher.close()
})
