import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { serve, serveBytes } from './servers.ts'

const HOSTILE = 'title \u001b]0;owned\u0007 \u001b[2J \u009b31m over\rwritten\r\nnext\ttab\n'

async function run(args: readonly string[], options: { terminal?: boolean; env?: Record<string, string> } = {}) {
  return runInProcess(['http', ...args], { cwd: await emptyFolder(), ...options })
}

test('escape sequences of a body reach a pipe unchanged, and a terminal as text', async () => {
  const server = await serve((_request, response) => response.end(HOSTILE))
  expect((await run([server])).stdout).toBe(HOSTILE)
  expect((await run([server], { terminal: true })).stdout).toBe(
    'title \\x1b]0;owned\\x07 \\x1b[2J \\x9b31m over\\x0dwritten\r\nnext\ttab\n',
  )
})

test('escape sequences of the head and of a status reach a terminal as text', async () => {
  const server = await serveBytes('HTTP/1.1 404 No\x1b[31m\r\nX-A: a\x1b[2Jb\r\nContent-Length: 0\r\n\r\n')
  const { stdout, stderr } = await run(['-i', server], { terminal: true, env: { NO_COLOR: '1' } })
  // undici's parser can refuse them; then nothing reaches the terminal.
  expect(`${stdout}${stderr}`).not.toContain('\u001b')
})

test('JSON is indented and colored on a terminal, without color with NO_COLOR, and raw in a pipe', async () => {
  const body = '{"a":[1,2.50,12345678901234567890],"b":{},"c":"x\\u001b","d":null}'
  const server = await serve((_request, response) => {
    response.setHeader('Content-Type', 'application/problem+json; charset=utf-8')
    response.end(body)
  })
  expect((await run([server])).stdout).toBe(body)
  const indented = `{
  "a": [
    1,
    2.50,
    12345678901234567890
  ],
  "b": {},
  "c": "x\\u001b",
  "d": null
}
`
  expect((await run([server], { terminal: true, env: { NO_COLOR: '1' } })).stdout).toBe(indented)
  const { stdout } = await run([server], { terminal: true })
  expect(stdout).toContain('\u001b[34m"a"\u001b[39m: [')
  expect(stripVTControlCharacters(stdout)).toBe(indented)
})

test('invalid JSON and JSON that is too long to format are printed as they arrive', async () => {
  const long = JSON.stringify('x'.repeat(5 * 1024 * 1024))
  const server = await serve(({ url }, response) => {
    response.setHeader('Content-Type', 'application/json')
    response.end(url === '/long' ? long : '{"a":\u001b}')
  })
  expect((await run([server], { terminal: true })).stdout).toBe('{"a":\\x1b}\n')
  expect((await run([`${server}/long`], { terminal: true })).stdout).toBe(`${long}\n`)
})

test('a body without a line end gets one on a terminal, also if it breaks off, and none in a pipe', async () => {
  const server = await serve((_request, response) => response.end('text'))
  expect((await run([server], { terminal: true })).stdout).toBe('text\n')
  expect((await run([server])).stdout).toBe('text')
  const broken = await serveBytes('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ntext')
  expect(await run([broken], { terminal: true })).toMatchObject({ code: 1, stdout: 'text\n' })
})

test.each([
  ['text/plain; charset=ISO-8859-1', 'caf\u00e9\n'],
  ['text/plain;charset="windows-1252"', 'caf\u00e9\n'],
  ['text/plain; charset=unknown', 'caf\ufffd\n'],
  ['text/plain', 'caf\ufffd\n'],
])('a body of %s is decoded for a terminal, and unchanged in a file', async (type, shown) => {
  const body = Buffer.from('caf\u00e9', 'latin1')
  const server = await serve((_request, response) => response.setHeader('Content-Type', type).end(body))
  expect((await run([server], { terminal: true })).stdout).toBe(shown)
  const file = path.join(await emptyFolder(), 'body')
  await run([server, '-o', file])
  expect(await readFile(file)).toEqual(body)
})

test('a binary body is not printed on a terminal', async () => {
  const server = await serve((_request, response) => response.end(Buffer.from([65, 0, 66])))
  expect(await run([server], { terminal: true })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('the body is binary and standard output is a terminal'),
  })
})

test.each([
  ['compressed', { 'Content-Encoding': 'gzip' }, gzipSync('text'), 'encoded (gzip)'],
  ['binary but called JSON', { 'Content-Type': 'application/json' }, Buffer.from([123, 0]), 'binary'],
])('a body that is %s is not printed on a terminal', async (_title, headers, body, text) => {
  const server = await serve((_request, response) => response.writeHead(200, headers).end(body))
  const { code, stdout, stderr } = await run([server], { terminal: true })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(`the body is ${text} and standard output is a terminal`)
})

test('a compressed body is decompressed for a terminal, and the head of one is printed', async () => {
  const server = await serve((_request, response) =>
    response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('text')),
  )
  expect(await run([server, '--compressed'], { terminal: true })).toMatchObject({ code: 0, stdout: 'text\n' })
  expect(await run([server, '-I'], { terminal: true })).toMatchObject({ code: 0, stderr: '' })
})

test.each(['1.0', '1.1'])('-i prints the version of the response: %s', async version => {
  const server = await serveBytes(`HTTP/${version} 200 OK\r\nContent-Length: 2\r\n\r\nhi`)
  expect((await run(['-i', server])).stdout).toBe(`HTTP/${version} 200 OK\nContent-Length: 2\n\nhi`)
})

test('-v prints the heads of both messages of each exchange, without secrets and escape sequences', async () => {
  const head = 'HTTP/1.1 302 Found\r\nLocation: /x\r\nX: \u009b31m\r\nContent-Length: 2\r\n\r\n'
  const server = await serveBytes(Buffer.from(`${head}hi`, 'latin1'))
  const { stdout, stderr } = await run(['-v', server, '-u', 'ann:x', '-H', 'A: b'])
  expect(stdout).toBe('hi')
  expect(stderr).toMatch(/^> GET \/ HTTP\/1\.1\n> host: .+\n(?:> .+\n)*>\n< HTTP\/1\.1 302 Found\n/)
  expect(stderr).toContain('> A: b\n')
  expect(stderr).toContain('> Authorization: ***\n')
  expect(stderr).toContain('< X: \\x9b31m\n< Content-Length: 2\n<\n')
})

test('-v prints the heads of HTTP/2, and nothing else without it', async () => {
  const suite = await suiteFor({ services: ['http'] })
  const url = `${suite.http.url}healthz`
  const { stderr } = await run(['-v', '--http2', url])
  expect(stderr).toMatch(/^> :method: GET\n(?:> .+\n)*>\n< :status: 200\n(?:< .+\n)*<\n$/)
  expect((await run(['--http2', url])).stderr).toBe('')
})

test('-i paints the head on a terminal', async () => {
  const server = await serveBytes('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')
  expect((await run(['-i', server], { terminal: true })).stdout).toBe(
    '\u001b[1mHTTP/1.1 200 OK\u001b[22m\n\u001b[36mContent-Length\u001b[39m: 2\n\nhi\n',
  )
})
