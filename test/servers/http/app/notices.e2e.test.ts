import { expect, test } from 'vitest'
import { appSuite, signedInClient } from './client.ts'

test('posts, reads, edits and deletes a notice with JSON', async () => {
  const { http } = await appSuite()
  const client = await signedInClient(http.url)
  const posted = await client.json('POST', '/api/notices', { text: ' The printer works again. ' })
  expect(posted.status).toBe(201)
  expect(posted.json).toMatchObject({ author: 'alice', text: 'The printer works again.', editedAt: null, own: true })
  const path = posted.headers.get('location') ?? ''
  expect((await client.get(path)).json).toEqual(posted.json)
  const edited = await client.json('PATCH', path, { text: 'It does not.' })
  expect(edited.json).toMatchObject({ text: 'It does not.', editedAt: expect.stringMatching(/Z$/) })
  expect((await client.get('/api/notices')).json).toEqual({ notices: [edited.json], next: null })
  expect((await client.send('DELETE', path)).status).toBe(204)
  expect((await client.get(path)).status).toBe(404)
})

test('another account reads a notice, and can neither edit nor delete it', async () => {
  const { http } = await appSuite()
  const [alice, bob] = [await signedInClient(http.url), await signedInClient(http.url, 'bob', 'builder')]
  const { id } = (await alice.json('POST', '/api/notices', { text: 'mine' })).json as { id: string }
  expect((await bob.get(`/api/notices/${id}`)).json).toMatchObject({ author: 'alice', own: false })
  expect((await bob.json('PATCH', `/api/notices/${id}`, { text: 'x' })).json).toMatchObject({
    status: 403,
    detail: 'Only the author of a notice can change it.',
  })
  expect((await bob.send('DELETE', `/api/notices/${id}`)).status).toBe(403)
  for (const path of [`/app/notices/${id}`, `/app/notices/${id}/delete`]) {
    expect((await bob.get(path)).status).toBe(403)
    expect((await bob.form(path, path.endsWith('delete') ? {} : { text: 'x' })).status).toBe(403)
  }
  expect((await bob.get('/app/notices')).text).not.toContain(`/app/notices/${id}`)
  expect((await alice.get(`/api/notices/${id}`)).json).toMatchObject({ text: 'mine' })
})

test('posts, edits and deletes a notice with forms', async () => {
  const { http } = await appSuite()
  const client = await signedInClient(http.url)
  const posted = await client.form('/app/notices', { text: '\nfirst line\nsecond line' })
  expect([posted.status, posted.headers.get('location')]).toEqual([303, '/app/notices'])
  const list = await client.get('/app/notices')
  const path = /href="(\/app\/notices\/[^/"]+)"/.exec(list.text)?.[1] ?? ''
  expect((await client.get(path)).text).toContain('first line\nsecond line</textarea>')
  expect((await client.form(path, { text: 'changed' })).status).toBe(303)
  expect((await client.get('/app/notices')).text).toMatch(/<p class="text">changed<\/p>/)
  expect((await client.get(`${path}/delete`)).text).toContain('<button class="danger">Delete</button>')
  expect((await client.form(`${path}/delete`, {})).status).toBe(303)
  expect((await client.get('/app/notices')).text).toContain('There are no notices.')
})

test('a text of a form may have as many line breaks as characters', async () => {
  const { http } = await appSuite()
  const client = await signedInClient(http.url)
  const text = `a${'\r\n'.repeat(9998)}b`
  expect((await client.form('/app/notices', { text })).status).toBe(303)
  expect((await client.get('/api/notices')).json).toMatchObject({ notices: [{ text: text.replaceAll('\r', '') }] })
})

test('lists notices in pages', async () => {
  const { http } = await appSuite()
  const client = await signedInClient(http.url)
  for (let count = 1; count <= 25; count++) await client.json('POST', '/api/notices', { text: `notice ${count}` })
  const texts: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const { json } = await client.get(`/api/notices?limit=10${cursor && `&cursor=${cursor}`}`)
    const page = json as { notices: { text: string }[]; next: string | null }
    texts.push(...page.notices.map(({ text }) => text))
    cursor = page.next
  }
  expect(texts).toEqual(Array.from({ length: 25 }, (_, index) => `notice ${25 - index}`))
  const first = await client.get('/app/notices')
  const older = /href="([^"]*cursor=[^"]*)">Older notices/.exec(first.text)?.[1] ?? ''
  expect((await client.get(older)).text).toContain('notice 5<')
})

test.each([
  ['POST', '/api/notices', { text: '' }, 400, 'The field "text" must not be empty.'],
  ['POST', '/api/notices', { text: 'x'.repeat(10_001) }, 400, 'The field "text" must have at most 10000 characters.'],
  ['POST', '/api/notices', { text: 'x', owner: 'bob' }, 400, 'Unknown field "owner". Known: text.'],
  ['POST', '/api/notices', { text: 'x'.repeat(70_000) }, 413, undefined],
  ['GET', '/api/notices?limit=0', undefined, 400, 'The query parameter "limit" must be at least 1.'],
  ['GET', '/api/notices?limit=5&limit=6', undefined, 400, 'The query parameter "limit" is given more than once.'],
  ['GET', "/api/notices?cursor='", undefined, 400, undefined],
  ['GET', '/api/notices/nothing', undefined, 404, 'There is no notice with this id.'],
  ['GET', '/api/nothing', undefined, 404, 'The application has nothing at this path. /api/openapi.json lists the API.'],
  ['GET', '/api', undefined, 404, 'The application has nothing at this path. /api/openapi.json lists the API.'],
  ['PUT', '/api/notices', { text: 'x' }, 405, 'PUT is not possible here.'],
  ['POST', '/api/notices', { text: '\ud800' }, 400, 'The field "text" must be Unicode text without NUL.'],
  ['POST', '/api/notices', { text: 'a\0b' }, 400, 'The field "text" must be Unicode text without NUL.'],
  ['POST', '/api/notices', {}, 400, 'The field "text" is missing.'],
])('%s %s with %j responds with %i', async (method, path, body, status, detail) => {
  const { http } = await appSuite()
  const client = await signedInClient(http.url)
  const response = body === undefined ? await client.send(method, path) : await client.json(method, path, body)
  expect(response.status).toBe(status)
  if (detail !== undefined) expect(response.json).toMatchObject({ status, detail })
})

test('a body that is not JSON, and one of another type, are problems', async () => {
  const { http } = await appSuite()
  const client = await signedInClient(http.url)
  const headers = { 'Content-Type': 'application/json' }
  const broken = await client.send('POST', '/api/notices', { headers, body: '{' })
  expect(broken.json).toMatchObject({ status: 400, detail: 'The body is not valid JSON.' })
  const text = await client.send('POST', '/api/notices', { headers: { 'Content-Type': 'text/plain' }, body: 'x' })
  expect(text.json).toMatchObject({ status: 415 })
  expect(text.headers.get('accept')).toBe('application/json, application/x-www-form-urlencoded')
})

test('every operation except the sign-in needs a session', async () => {
  const { http } = await appSuite()
  const paths = ['/api/session', '/api/sessions', '/api/notices', '/api/notices/x']
  for (const path of paths) expect((await fetch(new URL(path, http.url))).status).toBe(401)
})
