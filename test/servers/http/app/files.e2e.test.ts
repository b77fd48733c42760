import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import path from 'node:path'
import { expect, test } from 'vitest'
import { suiteFor } from '../../../helpers/suite.ts'
import { AppClient, type AppSuite, appSuite, signedInClient } from './client.ts'

const root = (suite: AppSuite) => path.join(suite.dataFolder, 'www')

/** Returns the names in a folder of the tree, those of incomplete uploads included. */
const namesIn = async (suite: AppSuite, folder: string) => (await readdir(path.join(root(suite), folder))).sort()

function formOf(...files: readonly (readonly [name: string, content: string])[]): FormData {
  const form = new FormData()
  for (const [name, content] of files) form.append('file', new Blob([content]), name)
  return form
}

test('stores, reads, renames and deletes a file with the API', async () => {
  const suite = await appSuite()
  const client = await signedInClient(suite.http.url)
  const stored = await client.send('PUT', '/api/files/files/a%20b.txt', { body: 'one' })
  expect([stored.status, stored.headers.get('location')]).toEqual([201, '/api/files/files/a%20b.txt'])
  expect((await client.send('PUT', '/api/files/files/a%20b.txt', { body: 'two' })).status).toBe(204)
  const read = await client.get('/api/files/files/a%20b.txt')
  expect([read.status, read.text]).toEqual([200, 'two'])
  expect(read.headers.get('content-disposition')).toBe('attachment; filename="a b.txt"')
  expect(read.headers.get('content-security-policy')).toMatch(/^sandbox;/)
  expect((await client.json('PATCH', '/api/files/files/a%20b.txt', { path: '/files/c.txt' })).status).toBe(204)
  expect((await client.get('/api/files/files/a%20b.txt')).status).toBe(404)
  const list = await client.get('/api/folders/files')
  expect(list.json).toMatchObject({
    path: '/files',
    entries: [
      { name: 'c.txt', path: '/files/c.txt', kind: 'file', size: 3, modifiedAt: expect.stringMatching(/Z$/) },
      { name: 'hello.txt' },
      { name: 'numbers.txt' },
    ],
    next: null,
  })
  expect((await client.send('DELETE', '/api/files/files/c.txt')).status).toBe(204)
  expect(existsSync(path.join(root(suite), 'files/c.txt'))).toBe(false)
})

test('makes, lists and removes folders with the API', async () => {
  const { http } = await appSuite()
  const client = await signedInClient(http.url)
  expect((await client.send('POST', '/api/folders/new')).status).toBe(201)
  expect((await client.send('POST', '/api/folders/new')).json).toMatchObject({
    status: 409,
    detail: 'A file or folder of this name exists already.',
  })
  await client.send('PUT', '/api/files/new/a.txt', { body: 'x' })
  expect((await client.send('DELETE', '/api/folders/new')).json).toMatchObject({ status: 409 })
  expect((await client.send('DELETE', '/api/files/new')).json).toMatchObject({ status: 409, detail: 'Is a directory.' })
  await client.send('DELETE', '/api/files/new/a.txt')
  expect((await client.send('DELETE', '/api/folders/new')).status).toBe(204)
  expect((await client.send('DELETE', '/api/folders/')).json).toMatchObject({ status: 409 })
  expect((await client.get('/api/folders/')).json).toMatchObject({
    path: '/',
    entries: [{ name: 'files' }, { name: 'index.html' }],
  })
})

test('lists a folder in pages', async () => {
  const suite = await appSuite()
  const client = await signedInClient(suite.http.url)
  await mkdir(path.join(root(suite), 'many'))
  for (let number = 10; number < 35; number++) await writeFile(path.join(root(suite), 'many', `${number}.txt`), '')
  const names: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page = (await client.get(`/api/folders/many?limit=10${cursor && `&cursor=${cursor}`}`)).json as {
      entries: { name: string }[]
      next: string | null
    }
    names.push(...page.entries.map(({ name }) => name))
    cursor = page.next
  }
  expect(names).toEqual(Array.from({ length: 25 }, (_, index) => `${index + 10}.txt`))
})

test('uploads several files with a form, and shows, renames and deletes them with pages', async () => {
  const suite = await appSuite()
  const client = await signedInClient(suite.http.url)
  const body = formOf(['b.txt', 'two'], ['ä<b>.txt', 'one'])
  const uploaded = await client.send('POST', '/app/files/upload/files', { body })
  expect([uploaded.status, uploaded.headers.get('location')]).toEqual([303, '/app/files/browse/files'])
  expect(await namesIn(suite, 'files')).toEqual(['b.txt', 'hello.txt', 'numbers.txt', 'ä<b>.txt'])
  const page = await client.get('/app/files/browse/files')
  expect(page.text).toContain('<a href="/app/files/download/files/%C3%A4%3Cb%3E.txt">ä&lt;b&gt;.txt</a>')
  expect(page.text).not.toContain('<b>')
  expect((await client.get('/app/files/download/files/b.txt')).text).toBe('two')
  expect((await client.get('/app/files/rename/files/b.txt')).text).toContain('value="b.txt"')
  await client.form('/app/files/rename/files/b.txt', { name: 'c.txt' })
  expect((await client.form('/app/files/folder/files', { name: 'sub' })).status).toBe(303)
  const moved = await client.form('/app/files/rename/files/c.txt', { name: '/files/sub/d.txt' })
  expect(moved.headers.get('location')).toBe('/app/files/browse/files/sub')
  expect(await readFile(path.join(root(suite), 'files/sub/d.txt'), 'utf8')).toBe('two')
  expect((await client.get('/app/files/delete/files/sub/d.txt')).text).toContain(
    'Delete <strong>d.txt</strong> (file)?',
  )
  expect((await client.form('/app/files/delete/files/sub/d.txt', {})).status).toBe(303)
  expect((await client.form('/app/files/delete/files/sub', {})).status).toBe(303)
  expect(existsSync(path.join(root(suite), 'files/sub'))).toBe(false)
})

test('an upload is at once what HTTP and FTP serve, and FTP’s what the application lists', async () => {
  const suite = await suiteFor({ services: ['http', 'ftp'] })
  const client = await signedInClient(suite.http.url)
  const { Client } = await import('basic-ftp')
  const ftp = new Client()
  await ftp.access({ host: suite.ftp.host, port: suite.ftp.port, user: 'alice', password: 'wonderland' })
  try {
    for (const content of ['one', 'two', 'three']) {
      await client.send('PUT', '/api/files/files/a.txt', { body: content })
      expect(await (await fetch(new URL('/files/a.txt', suite.http.url))).text()).toBe(content)
      const chunks: Buffer[] = []
      const { Writable } = await import('node:stream')
      const target = new Writable({
        write: (chunk, _encoding, done) => {
          chunks.push(chunk)
          done()
        },
      })
      await ftp.downloadTo(target, '/files/a.txt')
      expect(Buffer.concat(chunks).toString()).toBe(content)
    }
    await ftp.rename('/files/a.txt', '/files/b.txt')
    expect((await client.get('/api/files/files/b.txt')).text).toBe('three')
  } finally {
    ftp.close()
  }
})

test('an account reads and changes only its folders, and a change takes effect at once', async () => {
  const suite = await appSuite()
  await mkdir(path.join(root(suite), 'ann'))
  await suite.accounts.add({ name: 'ann', password: 'x', read: ['/ann'], write: ['/ann'] })
  const client = await signedInClient(suite.http.url, 'ann', 'x')
  expect((await client.send('PUT', '/api/files/ann/a.txt', { body: 'x' })).status).toBe(201)
  const refused = await client.send('PUT', '/api/files/files/a.txt', { body: 'x' })
  expect(refused.json).toMatchObject({ status: 403, detail: 'This account may not write /files/a.txt.' })
  expect((await client.get('/api/files/files/hello.txt')).status).toBe(403)
  expect((await client.get('/api/folders/files')).status).toBe(403)
  expect((await client.json('PATCH', '/api/files/ann/a.txt', { path: '/files/a.txt' })).status).toBe(403)
  expect((await client.get('/api/folders/')).json).toMatchObject({ entries: [{ name: 'ann' }] })
  await suite.accounts.update('ann', { write: [] })
  expect((await client.send('PUT', '/api/files/ann/a.txt', { body: 'y' })).status).toBe(403)
  expect((await client.send('POST', '/app/files/upload/ann', { body: formOf(['b.txt', 'x']) })).status).toBe(403)
  expect((await client.get('/app/files/browse/ann')).text).toContain('This account may not change this folder.')
  await suite.accounts.update('ann', { read: [] })
  expect((await client.get('/api/files/ann/a.txt')).status).toBe(403)
  expect(await namesIn(suite, 'ann')).toEqual(['a.txt'])
})

test('an account that may not delete a file stores it, and neither deletes nor renames it', async () => {
  const suite = await appSuite()
  await mkdir(path.join(root(suite), 'ann/folder'), { recursive: true })
  await suite.accounts.add({ name: 'ann', password: 'x', read: ['/ann'], write: ['/ann'], delete: [] })
  const client = await signedInClient(suite.http.url, 'ann', 'x')
  expect((await client.send('PUT', '/api/files/ann/a.txt', { body: 'x' })).status).toBe(201)
  expect((await client.send('PUT', '/api/files/ann/a.txt', { body: 'y' })).status).toBe(204)
  const refused = await client.send('DELETE', '/api/files/ann/a.txt')
  expect(refused.json).toMatchObject({ status: 403, detail: 'This account may not delete /ann/a.txt.' })
  expect((await client.send('DELETE', '/api/folders/ann/folder')).status).toBe(403)
  expect((await client.json('PATCH', '/api/files/ann/a.txt', { path: '/ann/b.txt' })).status).toBe(403)
  const page = (await client.get('/app/files/browse/ann')).text
  expect([page.includes('New folder'), page.includes('Delete a.txt')]).toEqual([true, false])
  await suite.accounts.update('ann', { write: [], delete: ['/ann'] })
  const other = (await client.get('/app/files/browse/ann')).text
  expect([other.includes('New folder'), other.includes('Delete a.txt'), other.includes('may not change')]).toEqual([
    false,
    true,
    false,
  ])
  const Authorization = `Basic ${Buffer.from('ann:x').toString('base64')}`
  const init = { method: 'DELETE', headers: { Authorization } }
  expect((await fetch(new URL('/ann/a.txt', suite.http.url), init)).status).toBe(204)
  expect(await namesIn(suite, 'ann')).toEqual(['folder'])
})

test.each([
  '/api/files/../../etc/passwd',
  '/api/files/%2e%2e/%2e%2e/etc/passwd',
  '/api/files/..%2f..%2fetc%2fpasswd',
  '/api/files/%252e%252e/%252e%252e/etc/passwd',
  '/api/files/files/%00',
  '/api/files//etc/passwd',
  '/api/files/link/passwd',
])('path traversal: %s reads and writes nothing outside of the tree', async target => {
  const suite = await appSuite()
  await symlink('/etc', path.join(root(suite), 'link'))
  const client = await signedInClient(suite.http.url)
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const { status } = await sendRaw(
      suite.http.port,
      `${method} ${target} HTTP/1.1\r\nCookie: ${client.cookie}\r\nContent-Length: 0`,
    )
    expect(status).toBeGreaterThanOrEqual(400)
  }
  expect(await namesIn(suite, '')).toEqual(['files', 'index.html', 'link'])
})

test('a backslash is a character of a name, not a separator', async () => {
  const suite = await appSuite()
  const client = await signedInClient(suite.http.url)
  expect((await client.send('PUT', '/api/files/..%5c..%5cpasswd', { body: 'x' })).status).toBe(201)
  expect(await namesIn(suite, '')).toEqual(['..\\..\\passwd', 'files', 'index.html'])
})

test.each(['..', '.', 'a/b', 'a\nb', ''])('a folder cannot be named %j', async name => {
  const suite = await appSuite()
  const client = await signedInClient(suite.http.url)
  expect((await client.form('/app/files/folder/files', { name })).status).toBe(400)
  expect(await namesIn(suite, 'files')).toEqual(['hello.txt', 'numbers.txt'])
})

test('a file that is too long is refused, in a body and in a form, and the old file stays', async () => {
  const suite = await appSuite({ http: { maxUpload: 1000 } })
  const client = await signedInClient(suite.http.url)
  await client.send('PUT', '/api/files/files/a.txt', { body: 'old' })
  const long = 'x'.repeat(1001)
  expect((await client.send('PUT', '/api/files/files/a.txt', { body: long })).json).toMatchObject({ status: 413 })
  const chunked = await client.send('PUT', '/api/files/files/a.txt', {
    body: new Blob([long]).stream(),
    duplex: 'half',
  } as RequestInit)
  expect(chunked.json).toMatchObject({ status: 413 })
  const form = await client.send('POST', '/app/files/upload/files', { body: formOf(['b.txt', 'x'], ['a.txt', long]) })
  expect(form.status).toBe(413)
  expect(await namesIn(suite, 'files')).toEqual(['a.txt', 'hello.txt', 'numbers.txt'])
  expect(await readFile(path.join(root(suite), 'files/a.txt'), 'utf8')).toBe('old')
})

test.each([
  ['into a folder that the account may not change', 'ro', '/app/files/upload/files', ['a.txt', 'b.txt'], 403],
  ['into a folder that does not exist', 'rw', '/app/files/upload/nothing', ['a.txt', 'b.txt'], 404],
  ['with the name of a folder', 'rw', '/app/files/upload/', ['a.txt', 'files', 'b.txt'], 409],
  ['with a name that is too long', 'rw', '/app/files/upload/files', ['a.txt', 'x'.repeat(256), 'b.txt'], 400],
] as const)('a form %s is a problem, and the server continues', async (_, user, target, names, status) => {
  const suite = await appSuite()
  await suite.accounts.add({ name: 'ro', password: 'x', write: [] })
  await suite.accounts.add({ name: 'rw', password: 'x' })
  const client = await signedInClient(suite.http.url, user, 'x')
  const large = 'x'.repeat(500_000)
  const body = formOf(...names.map(name => [name, large] as const))
  expect((await client.send('POST', target, { body })).status).toBe(status)
  expect((await client.get('/api/session')).status).toBe(200)
  expect(await namesIn(suite, 'files')).toEqual(['hello.txt', 'numbers.txt'])
})

test('a form with too many files stores none', async () => {
  const suite = await appSuite()
  const client = await signedInClient(suite.http.url)
  const body = formOf(...Array.from({ length: 25 }, (_, index) => [`${index}.txt`, 'x'] as const))
  expect((await client.send('POST', '/app/files/upload/files', { body })).status).toBe(413)
  expect(await namesIn(suite, 'files')).toEqual(['hello.txt', 'numbers.txt'])
})

test.each([
  ['text/plain', 'x', 415],
  ['multipart/form-data', 'x', 415],
  [
    'multipart/form-data; boundary=b',
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhalf',
    400,
  ],
  ['multipart/form-data; boundary=b', '--b--\r\n', 400],
  ['multipart/form-data; boundary=b', 'rubbish', 400],
])('a form of the type %s with the body %j is a problem', async (type, body, status) => {
  const suite = await appSuite()
  const client = await signedInClient(suite.http.url)
  const response = await client.send('POST', '/app/files/upload/files', { headers: { 'Content-Type': type }, body })
  expect(response.status).toBe(status)
  expect(await namesIn(suite, 'files')).toEqual(['hello.txt', 'numbers.txt'])
})

test('an upload that breaks off leaves the old file and nothing else', async () => {
  const suite = await appSuite()
  const client = await signedInClient(suite.http.url)
  await client.send('PUT', '/api/files/files/a.txt', { body: 'old' })
  const socket = await open(suite.http.port)
  socket.write(
    `PUT /api/files/files/a.txt HTTP/1.1\r\nHost: x.test\r\nCookie: ${client.cookie}\r\nContent-Length: 100\r\n\r\nhalf`,
  )
  await expect.poll(() => namesIn(suite, 'files'), { interval: 20 }).toHaveLength(4)
  socket.destroy()
  await expect.poll(() => namesIn(suite, 'files'), { interval: 20 }).toEqual(['a.txt', 'hello.txt', 'numbers.txt'])
  expect(await readFile(path.join(root(suite), 'files/a.txt'), 'utf8')).toBe('old')
})

test('sends 100 Continue before it reads an upload, and not before a refusal', async () => {
  const suite = await appSuite({ http: { maxUpload: 1000 } })
  const client = await signedInClient(suite.http.url)
  const head = (length: number) =>
    `PUT /api/files/files/a.txt HTTP/1.1\r\nHost: x.test\r\nCookie: ${client.cookie}\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`
  const socket = await open(suite.http.port)
  socket.write(head(3))
  expect(await nextText(socket)).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  socket.write('abc')
  expect(await nextText(socket)).toMatch(/^HTTP\/1\.1 201 Created/)
  socket.write(head(2000))
  expect(await nextText(socket)).toMatch(/^HTTP\/1\.1 413 /)
  socket.destroy()
})

test('uploads over HTTP/2', async () => {
  const suite = await appSuite({ tls: true })
  const url = suite.http.endpoints.find(({ transport }) => transport === 'tls')?.url ?? ''
  const { Agent, request } = await import('undici')
  const dispatcher = new Agent({ connect: { ca: suite.tls?.ca }, allowH2: true })
  const signIn = await request(new URL('/api/sign-in', url), {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'alice', password: 'wonderland' }),
  })
  await signIn.body.dump()
  const cookie = String(signIn.headers['set-cookie']).split(';')[0] ?? ''
  const content = Buffer.alloc(3_000_000, 'x')
  const put = await request(new URL('/api/files/files/large.bin', url), {
    dispatcher,
    method: 'PUT',
    headers: { cookie },
    body: content,
  })
  await put.body.dump()
  expect(put.statusCode).toBe(201)
  expect((await readFile(path.join(root(suite), 'files/large.bin'))).equals(content)).toBe(true)
  await dispatcher.close()
})

test('an upload that an HTTP/2 client cancels leaves the old file', async () => {
  const suite = await appSuite()
  const client = await signedInClient(suite.http.url)
  const { connect: connectHttp2, constants } = await import('node:http2')
  const session = connectHttp2(suite.http.url)
  const put = (path: string) =>
    session.request({ ':method': 'PUT', ':path': path, cookie: client.cookie ?? '' }, { endStream: false })
  for (const code of [constants.NGHTTP2_NO_ERROR, constants.NGHTTP2_CANCEL]) {
    const stream = put('/api/files/files/hello.txt')
    stream.on('error', () => undefined)
    stream.write('half')
    await expect.poll(() => namesIn(suite, 'files'), { interval: 10 }).toHaveLength(3)
    stream.close(code)
    await expect.poll(() => namesIn(suite, 'files'), { interval: 10 }).toEqual(['hello.txt', 'numbers.txt'])
  }
  expect(await readFile(path.join(root(suite), 'files/hello.txt'), 'utf8')).toBe('Hello from Fourwire.\n')
  session.close()
})

test.each([
  ['Content-Range', 'bytes 0-1/9', 400],
  ['If-None-Match', '*', 412],
  ['If-Match', '"x"', 412],
])('an upload with %s: %s is refused, and the old file stays', async (name, value, status) => {
  const suite = await appSuite()
  const client = await signedInClient(suite.http.url)
  const response = await client.send('PUT', '/api/files/files/hello.txt', { headers: { [name]: value }, body: 'x' })
  expect(response.status).toBe(status)
  expect(await readFile(path.join(root(suite), 'files/hello.txt'), 'utf8')).toBe('Hello from Fourwire.\n')
})

test('reads and renames a file only if the request meets its conditions', async () => {
  const suite = await appSuite()
  const client = await signedInClient(suite.http.url)
  const rename = (headers: Record<string, string>) =>
    client.json('PATCH', '/api/files/files/hello.txt', { path: '/files/c.txt' }, headers)
  const read = (headers: Record<string, string>) => client.get('/api/files/files/hello.txt', headers)
  const { headers } = await read({})
  const tag = headers.get('etag') ?? ''
  const unchanged = await read({ 'If-None-Match': tag })
  expect([unchanged.status, unchanged.text, unchanged.headers.get('etag')]).toEqual([304, '', tag])
  expect((await read({ 'If-Modified-Since': headers.get('last-modified') ?? '' })).status).toBe(304)
  expect((await read({ 'If-Match': '"x"' })).json).toMatchObject({ status: 412, title: 'Precondition Failed' })
  expect((await read({ 'If-Match': tag })).status).toBe(200)
  expect((await rename({ 'If-Match': '"x"' })).status).toBe(412)
  expect(
    (await client.json('PATCH', '/api/files/files/missing', { path: '/files/c' }, { 'If-Match': '"x"' })).status,
  ).toBe(404)
  expect(await namesIn(suite, 'files')).toEqual(['hello.txt', 'numbers.txt'])
  expect((await rename({ 'If-Match': tag })).status).toBe(204)
})

test('a change of what has no entity tag is refused if the request has one', async () => {
  const suite = await appSuite()
  const client = await signedInClient(suite.http.url)
  const posted = await client.json('POST', '/api/notices', { text: 'x' }, { 'If-Match': '"x"' })
  expect(posted.json).toMatchObject({ status: 412, title: 'Precondition Failed' })
  expect((await client.send('POST', '/api/folders/new', { headers: { 'If-Match': '"x"' } })).status).toBe(412)
  expect(existsSync(path.join(root(suite), 'new'))).toBe(false)
  expect((await client.json('POST', '/api/notices', { text: 'x' }, { 'If-Match': '*' })).status).toBe(201)
})

test.each(['GET', 'PUT', 'DELETE'])('%s of a file with a slash at its end is 404', async method => {
  const suite = await appSuite()
  const client = await signedInClient(suite.http.url)
  expect((await client.send(method, '/api/files/index.html/')).status).toBe(404)
})

test('needs a session', async () => {
  const { http } = await appSuite()
  const client = new AppClient(http.url)
  expect((await client.get('/api/files/files/hello.txt')).status).toBe(401)
  expect((await client.send('PUT', '/api/files/files/a.txt', { body: 'x' })).status).toBe(401)
  expect((await client.get('/app/files/browse/')).headers.get('location')).toBe(
    '/app/sign-in?next=%2Fapp%2Ffiles%2Fbrowse%2F',
  )
})

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await new Promise(resolve => socket.once('connect', resolve))
  return socket
}

function nextText(socket: Socket): Promise<string> {
  return new Promise(resolve => socket.once('data', bytes => resolve(bytes.toString('latin1'))))
}

/** Sends a head as it is: `fetch` would resolve `..` in the path. */
async function sendRaw(port: number, head: string): Promise<{ status: number }> {
  const socket = await open(port)
  socket.write(`${head}\r\nHost: x.test\r\nConnection: close\r\n\r\n`)
  const text = await nextText(socket)
  socket.destroy()
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]) }
}
