import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { serve, serveSocket } from './servers.ts'

/** Starts a server that responds with the request as JSON, and returns a function that runs the client and parses it. */
async function setUp() {
  const cwd = await emptyFolder()
  const server = await serve(async (request, response) => {
    const { method, headers } = request
    response.end(JSON.stringify({ method, ...headers, body: await text(request) }))
  })
  const run = (args: readonly string[], input?: string) =>
    runInProcess(['http', ...args.map(arg => arg.replace('URL', server))], {
      cwd,
      ...(input !== undefined && { input }),
    })
  const echo = async (args: readonly string[], input?: string) => JSON.parse((await run(args, input)).stdout)
  return { cwd, run, echo, server }
}

const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'

test('-H replaces the field Host, so that one server can be requested under many names', async () => {
  const { echo } = await setUp()
  expect(await echo(['URL', '-H', 'Host: other.test'])).toMatchObject({ host: 'other.test' })
})

test('-H omits a default field, and sends a field without a value', async () => {
  const { echo } = await setUp()
  const received = await echo(['URL', '-H', 'User-Agent:', '-H', 'X-Empty;'])
  expect(received).toMatchObject({ accept: '*/*', 'x-empty': '' })
  expect(received).not.toHaveProperty('user-agent')
})

test.each([
  ['{"a":1}', JSON_TYPE],
  [' [1, 2]', JSON_TYPE],
  ['{"a":', FORM_TYPE],
  ['a=1', FORM_TYPE],
  ['17', FORM_TYPE],
])('-d %j has the type %s', async (body, type) => {
  const { echo } = await setUp()
  expect(await echo(['URL', '-d', body])).toMatchObject({ method: 'POST', 'content-type': type, body })
})

test('-d @FILE is JSON if its name ends with .json; several -d are joined', async () => {
  const { cwd, echo, run } = await setUp()
  await writeFile(path.join(cwd, 'a.json'), '{}')
  expect(await echo(['URL', '-d', '@a.json'])).toMatchObject({ 'content-type': JSON_TYPE, body: '{}' })
  expect(await echo(['URL', '-d', 'a=1', '-d', 'b=2'])).toMatchObject({ 'content-type': FORM_TYPE, body: 'a=1&b=2' })
  expect(await run(['URL', '-d', 'a=1', '-d', '@a.json'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--body @a.json: a file cannot be joined with other data. Give -d once'),
  })
})

test('--json DATA and -j send JSON; --json alone prints the result as JSON', async () => {
  const { echo, run, server } = await setUp()
  const json = { method: 'POST', 'content-type': JSON_TYPE, accept: JSON_TYPE }
  expect(await echo(['--json', '{"a":1}', 'URL'])).toMatchObject({ ...json, body: '{"a":1}' })
  expect(await echo(['PUT', 'URL', '--json=[1]'])).toMatchObject({ ...json, method: 'PUT', body: '[1]' })
  expect(await echo(['--json', '@-', 'URL'], '{"b":2}')).toMatchObject({ ...json, body: '{"b":2}' })
  expect(await echo(['-j', 'null', 'URL'])).toMatchObject({ ...json, body: 'null' })
  for (const args of [
    ['--json', 'URL'],
    ['URL', '--json'],
    ['-j', '{"a":1}', 'URL', '--json'],
  ]) {
    const { url, status, httpVersion, timings } = await echo(args)
    expect({ url, status, httpVersion }).toEqual({ url: `http://${server}/`, status: 200, httpVersion: '1.1' })
    expect(timings.total).toBeGreaterThan(0)
  }
  expect((await run(['URL', '-H', 'Accept: a/b', '--json', '{}'])).stdout).toContain('"accept":"a/b"')
})

test('-F sends a form with texts and files', async () => {
  const { cwd, echo } = await setUp()
  await writeFile(path.join(cwd, 'photo.png'), 'PNG')
  await writeFile(path.join(cwd, 'note.txt'), 'from a file')
  const received = await echo(['URL', '-F', 'title=A "b"', '--form', 'image=@photo.png', '-F', 'note=<note.txt'])
  const [, boundary = ''] = /^multipart\/form-data; boundary=(\S+)$/.exec(received['content-type']) ?? []
  const parts = [
    '\r\nContent-Disposition: form-data; name="title"\r\n\r\nA "b"\r\n',
    '\r\nContent-Disposition: form-data; name="image"; filename="photo.png"\r\nContent-Type: image/png\r\n\r\nPNG\r\n',
    '\r\nContent-Disposition: form-data; name="note"\r\n\r\nfrom a file\r\n',
    '--\r\n',
  ]
  expect(received).toMatchObject({ method: 'POST', body: parts.map(part => `--${boundary}${part}`).join('') })
  expect(received['content-length']).toBe(String(received.body.length))
})

test('a file of standard input has no length, so the form is sent in chunks', async () => {
  const { echo } = await setUp()
  const received = await echo(['URL', '-F', 'a=@-;filename=in.txt'], 'from stdin')
  expect(received).toMatchObject({ 'transfer-encoding': 'chunked' })
  expect(received.body).toContain('filename="in.txt"\r\nContent-Type: application/octet-stream\r\n\r\nfrom stdin\r\n')
})

test.each([
  [['URL', '-F', 'x'], '--form x: must be NAME=TEXT, or NAME=@FILE'],
  [['URL', '-F', 'a=@nope'], '--form a=@nope: cannot read nope: no such file or folder\n'],
  [['URL', '-F', 'a=1', '-d', 'b'], 'a request has one body: give only one of -d and --form NAME=TEXT'],
  [['URL', '-u', 'alice'], '--user alice: must be USER:PASSWORD'],
  [['URL', '-X', 'PUT', '-j', '@nope'], '--json @nope: cannot read nope: no such file or folder\n'],
  [['GET', 'URL', '-X', 'PUT'], '--method PUT: the method is already GET'],
  [['URL', '--resolve', 'a:80'], '--resolve a:80: must be HOST:PORT:ADDRESS'],
])('fourwire http %j is a usage error', async (args, message) => {
  const { run } = await setUp()
  expect(await run(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) })
})

test('-u sends Basic credentials, -X and -I set the method', async () => {
  const { echo, run } = await setUp()
  const authorization = `Basic ${Buffer.from('ann:p:ß').toString('base64')}`
  expect(await echo(['URL', '-u', 'ann:p:ß'])).toMatchObject({ authorization })
  expect(await echo(['-X', 'DELETE', 'URL'])).toMatchObject({ method: 'DELETE' })
  expect((await run(['-I', 'URL'])).stdout).toMatch(/^HTTP\/1\.1 200 OK\n.*\n\n$/s)
})

test('--resolve connects to another address, and keeps the name', async () => {
  const { server, echo } = await setUp()
  const port = server.split(':')[1]
  const received = await echo([`http://shop.example:${port}/`, '--resolve', `shop.example:${port}:127.0.0.1`])
  expect(received).toMatchObject({ host: `shop.example:${port}` })
})

test('the response can arrive before the end of the body', async () => {
  const { cwd } = await setUp()
  await writeFile(path.join(cwd, 'big'), Buffer.alloc(50 * 1024 * 1024))
  const server = await serveSocket((_head, socket) => {
    socket.end('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
  })
  const { code } = await runInProcess(['http', server, '-F', 'a=@big'], { cwd })
  expect(code).toBe(1)
})
