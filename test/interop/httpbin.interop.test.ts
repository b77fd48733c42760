/** The test endpoints with existing clients: the curl lines of their page, curl over HTTP/2, and Python's WebSocket client. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../shared/launcher/index.ts'
import { afterAllTests } from '../helpers/cli.ts'
import { requireLibrary, requireTool, runTool } from './tools.ts'

let suite: Suite<'http'>
let base: string
const cleanup = afterAllTests()

beforeAll(async () => {
  suite = await startSuite({ services: ['http'] })
  cleanup(() => suite.close())
  base = new URL('test', suite.http.url).href
})

/** Lines whose exit code is not 0: the connection closes without a response; the time of a WebSocket is over. */
const EXIT_CODES: Readonly<Record<string, number>> = { '/close': 52, '/websocket/echo': 28 }
/** What a line prints that shows nothing of the response otherwise. */
const PRINTS: Readonly<Record<string, RegExp>> = {
  '/status/418': /^HTTP\/1\.1 418 I'm a Teapot\r\n/,
  '/redirect/3': /^3 redirects\n$/,
  '/cookies/set': /"color": "blue"/,
  '/basic-auth/ann/secret': /"authenticated": true/,
  '/digest-auth/auth/ann/secret': /"authenticated": true/,
  '/digest-auth/auth/ann/secret/SHA-256': /"authenticated": true/,
  '/bearer': /"token": "abc"/,
  '/cache': /^HTTP\/1\.1 304 /,
  '/etag/abc': /^HTTP\/1\.1 304 /,
  '/range/26': /^uvwxyz$/,
  '/gzip': /"gzipped": true/,
  '/deflate': /"deflated": true/,
  '/brotli': /"brotli": true/,
  '/base64/SGVsbG8=': /^Hello$/,
  '/base64/encode/Hello': /^SGVsbG8=$/,
  '/bytes/1024': /^1024 bytes\n$/,
  '/stream-bytes/1024': /^1024 bytes\n$/,
  '/trailers': /\r\nTrailer: X-Checksum\r\n.*\r\n0\r\nX-Checksum: abc\r\n\r\n$/s,
  '/drip': /^\*{5}$/,
  '/websocket/echo': /^HTTP\/1\.1 101 .*Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/s,
  '/image': /^image\/webp\n$/,
  '/upload': /"bytes_received": 10/,
  '/links/5': /<a href="\/test\/links\/5\/1">1<\/a>/,
}

const unescapeHtml = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')

test('every curl line of the page works in a shell', async context => {
  requireTool('curl', context)
  const page = await (await fetch(`${base}/`)).text()
  const lines = [...page.matchAll(/<pre><code>(.*?)<\/code><\/pre>/gs)].map(([, line = '']) => unescapeHtml(line))
  expect(lines.length).toBeGreaterThan(50)
  const results = await Promise.all(lines.map(runLine))
  const seen = results.map(({ path }) => path)
  for (const { path, line, code, stdout, stderr } of results) {
    expect({ line, code }).toEqual({ line, code: EXIT_CODES[path] ?? 0 })
    if (code === 0) expect({ line, stderr }).toEqual({ line, stderr: '' })
    if (path !== '/close') expect(stdout, line).toMatch(PRINTS[path] ?? /./)
  }
  expect(Object.keys(PRINTS).filter(path => !seen.includes(path))).toEqual([])
})

/** Runs a line as a person does who copies it. */
async function runLine(line: string) {
  const target = line.slice(line.indexOf(base) + base.length)
  const path = /^[^\s?']+/.exec(target)?.[0] ?? ''
  try {
    return { path, line, code: 0, ...(await promisify(execFile)('sh', ['-c', line], { timeout: 20_000 })) }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { path, line, code, stdout, stderr }
  }
}

test('curl over HTTP/2 gets the same', async context => {
  requireTool('curl', context)
  const { stdout } = await runTool('curl', ['-sS', '--http2-prior-knowledge', '-d', 'a=1', `${base}/post?b=2`])
  const { form, headers, url } = JSON.parse(stdout)
  expect({ form, host: headers.Host, url }).toEqual({
    form: { a: ['1'] },
    host: [new URL(base).host],
    url: `${base}/post?b=2`,
  })
})

test('curl over HTTP/2 gets trailers, and an error if the stream ends without a response', async context => {
  requireTool('curl', context)
  const trailers = await runTool('curl', ['-sS', '-i', '--http2-prior-knowledge', `${base}/trailers?x-sum=7`])
  expect(trailers.stdout).toMatch(/\}\n\r?\n?x-sum: 7\r\n/)
  const closed = await runTool('curl', ['-sS', '--http2-prior-knowledge', `${base}/close`])
  expect({ code: closed.code, stdout: closed.stdout }).toEqual({ code: 92, stdout: '' })
})

const PYTHON_ECHO = `
import asyncio, sys, websockets

async def main():
    async with websockets.connect(sys.argv[1]) as socket:
        await socket.send('Grüße')
        print(await socket.recv())
        await socket.send(bytes(range(256)) * 1000)
        print(len(await socket.recv()))
        await socket.send(['in ', 'three ', 'fragments'])
        print(await socket.recv())
        await (await socket.ping(b'x'))
        print('pong')
        await socket.close(4000, 'bye')
        print(socket.close_code, socket.close_reason)
    try:
        async with websockets.connect(sys.argv[1] + '?max_message_size=10') as socket:
            await socket.send('x' * 11)
            await socket.recv()
    except websockets.ConnectionClosed as error:
        print(error.code)

asyncio.run(main())
`

test("Python's websockets sends and receives messages, fragments, pings and close codes", async context => {
  requireLibrary('python3-websockets', context)
  const url = `${base.replace('http', 'ws')}/websocket/echo`
  const { stdout } = await promisify(execFile)('/usr/bin/python3', ['-c', PYTHON_ECHO, url], {
    timeout: 20_000,
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
  })
  expect(stdout).toBe('Grüße\n256000\nin three fragments\npong\n4000 bye\n1009\n')
})
