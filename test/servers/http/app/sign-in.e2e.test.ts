import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openEngine } from '../../../../shared/store/open-store.ts'
import { emptyFolder } from '../../../helpers/cli.ts'
import { countHashes } from '../../../helpers/count-hashes.ts'
import { AppClient, appSuite, signedInClient } from './client.ts'

test('signs in with JSON, reads the session, and signs out', async () => {
  const { http } = await appSuite()
  const client = new AppClient(http.url)
  const signedIn = await client.json('POST', '/api/sign-in', { user: 'alice', password: 'wonderland' })
  expect(signedIn.status).toBe(200)
  expect(signedIn.json).toMatchObject({ account: { name: 'alice', read: ['/'] }, session: { current: true } })
  expect(signedIn.headers.get('cache-control')).toBe('no-store')
  expect(signedIn.headers.get('set-cookie')).toMatch(
    /^session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/,
  )
  expect((await client.get('/api/session')).json).toEqual(signedIn.json)
  const cookie = client.cookie
  expect((await client.json('POST', '/api/sign-out', {})).status).toBe(204)
  expect(client.cookie).toBeUndefined()
  client.cookie = cookie
  const after = await client.get('/api/session')
  expect(after.status).toBe(401)
  expect(after.headers.get('content-type')).toBe('application/problem+json')
  expect(after.json).toMatchObject({ type: 'about:blank', title: 'Unauthorized', status: 401 })
})

test('signs in with a form, goes to the requested page, and signs out', async () => {
  const { http } = await appSuite()
  const client = new AppClient(http.url)
  const redirected = await client.get('/app/notices?limit=5')
  expect(redirected.status).toBe(303)
  const location = redirected.headers.get('location') ?? ''
  expect(location).toBe('/app/sign-in?next=%2Fapp%2Fnotices%3Flimit%3D5')
  const page = await client.get(location)
  expect(page.text).toContain('<input type="hidden" name="next" value="/app/notices?limit=5">')
  const next = '/app/notices?limit=5'
  const signedIn = await client.form('/app/sign-in', { user: 'alice', password: 'wonderland', next })
  expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, next])
  expect((await client.get(next)).text).toContain('There are no notices.')
  const out = await client.form('/app/sign-out', {})
  expect([out.status, out.headers.get('location')]).toEqual([303, '/app/sign-in'])
  expect((await client.get(next)).status).toBe(303)
})

test('an unknown name and a wrong password have the same response', async () => {
  const { http, accounts } = await appSuite()
  await accounts.add({ name: 'ann', password: 'secret' })
  const client = new AppClient(http.url)
  const wrong = await client.signIn('ann', 'wrong')
  const unknown = await client.signIn('nemo', 'wrong')
  expect(wrong.status).toBe(401)
  expect(wrong.json).toMatchObject({ detail: 'The name or the password is wrong.' })
  expect([unknown.status, unknown.text]).toEqual([wrong.status, wrong.text])
  const page = await client.form('/app/sign-in', { user: 'ann"><script>', password: 'wrong' })
  expect(page.status).toBe(401)
  expect(page.text).toContain('<p class="error" role="alert">The name or the password is wrong.</p>')
  expect(page.text).toContain('value="ann&quot;&gt;&lt;script&gt;"')
})

test('a wrong password of any account costs as much work as an unknown name: the time does not disclose it', async () => {
  const { http, accounts } = await appSuite()
  await accounts.add({ name: 'ann', password: 'secret' })
  const client = new AppClient(http.url)
  for (const user of ['alice', 'ann', 'nemo']) {
    expect(await countHashes(() => client.signIn(user, 'wrong')), user).toBe(1)
  }
})

test('after 10 failures an account gets 429, also with the right password, and others do not', async () => {
  const { http, accounts } = await appSuite()
  await accounts.add({ name: 'ann', password: 'secret' })
  const client = new AppClient(http.url)
  const failures = await Promise.all(Array.from({ length: 10 }, () => client.signIn('Ann', 'wrong')))
  expect(failures.map(({ status }) => status)).toEqual(Array(10).fill(401))
  const refused = await client.signIn('ann', 'secret')
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(290)
  expect((await client.form('/app/sign-in', { user: 'ann', password: 'secret' })).status).toBe(429)
  expect((await client.signIn()).status).toBe(200)
})

test('after 30 failures an address gets 429 for every account', async () => {
  const { http } = await appSuite()
  const client = new AppClient(http.url)
  for (let count = 0; count < 30; count++) expect((await client.signIn(`user${count}`, 'x')).status).toBe(401)
  expect((await client.signIn()).status).toBe(429)
})

test('a reset of the suite forgets failures, sessions and notices', async () => {
  const suite = await appSuite()
  const client = await signedInClient(suite.http.url)
  await client.json('POST', '/api/notices', { text: 'x' })
  for (let count = 0; count < 11; count++) await client.signIn('bob', 'wrong')
  await suite.reset()
  expect((await client.get('/api/session')).status).toBe(401)
  expect((await client.signIn('bob', 'builder')).status).toBe(200)
  expect((await client.get('/api/notices')).json).toEqual({ notices: [], next: null })
})

test('lists sessions, ends one, and ends all', async () => {
  const { http } = await appSuite()
  const [first, second, other] = [
    await signedInClient(http.url),
    await signedInClient(http.url),
    await signedInClient(http.url, 'bob', 'builder'),
  ]
  const list = async () => {
    const { sessions } = (await second.get('/api/sessions')).json as { sessions: { id: string; current: boolean }[] }
    return sessions
  }
  expect((await list()).map(({ current }) => current)).toEqual([true, false])
  const [, oldest] = await list()
  expect((await other.send('DELETE', `/api/sessions/${oldest?.id}`)).status).toBe(404)
  expect((await second.form('/app/sessions', { id: oldest?.id ?? '' })).status).toBe(303)
  expect((await first.get('/api/session')).status).toBe(401)
  await first.signIn()
  expect((await second.send('DELETE', '/api/sessions')).json).toEqual({ ended: 2 })
  expect((await first.get('/api/session')).status).toBe(401)
  expect((await other.get('/api/session')).status).toBe(200)
  await second.signIn()
  const everywhere = await second.form('/app/sessions/end-all', {})
  expect(everywhere.headers.get('location')).toBe('/app/sign-in')
  expect((await second.get('/app/sessions')).status).toBe(303)
})

test('a session ends without requests, and at the end of its lifetime', async () => {
  const data = await emptyFolder()
  const suite = await appSuite({ data, http: { sessionIdle: 5000, sessionLifetime: 60_000 } })
  const engine = await openEngine({ kind: 'sqlite', file: path.join(data, 'fourwire.db') })
  onTestFinished(() => engine.close())
  const client = new AppClient(suite.http.url)
  /** Moves a time of the session into the past. */
  const age = (column: 'seen_at' | 'expires_at', milliseconds: number) =>
    engine.db
      .updateTable('sessions')
      .set(({ eb }) => ({ [column]: eb(column, '-', milliseconds) }))
      .execute()
  const signedIn = await client.signIn()
  expect(signedIn.headers.get('set-cookie')).toContain('; Max-Age=60;')
  await age('seen_at', 4000)
  expect((await client.get('/api/session')).status).toBe(200)
  await age('seen_at', 5000)
  expect((await client.get('/api/session')).status).toBe(401)
  await client.signIn()
  await age('expires_at', 60_000)
  expect((await client.get('/api/session')).status).toBe(401)
})
