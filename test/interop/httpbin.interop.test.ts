/** The test endpoints: the curl lines of their page, and the examples of go-httpbin. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { request } from 'undici'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Suite, startSuite } from '../../shared/launcher/index.ts'
import { afterAllTests } from '../helpers/cli.ts'
import { EXAMPLES, type Example } from './httpbin-examples.ts'
import { requireTool } from './tools.ts'

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

const titleOf = ({ request, headers = {}, body, status = 200 }: Example) => {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [request, ...fields, ...(body === undefined ? [] : [JSON.stringify(body.slice(0, 20))]), `-> ${status}`].join(
    ' ',
  )
}

describe('the example of go-httpbin', () => {
  test.each(EXAMPLES.map(example => [titleOf(example), example] as const))('%s', async (_, example) => {
    const [first = '', second] = example.request.split(' ')
    const [method, path] = second === undefined ? ['GET', first] : [first, second]
    const response = await request(`${base}${path}`, {
      method: method as 'GET',
      headers: { ...example.headers },
      body: example.body ?? null,
    })
    const body = await decode(Buffer.from(await response.body.arrayBuffer()), response.headers['content-encoding'])
    expect({ status: response.statusCode, body: response.statusCode < 400 ? '' : body }).toEqual({
      status: example.status ?? 200,
      body: response.statusCode < 400 ? '' : expect.any(String),
    })
    for (const [name, value] of Object.entries(example.fields ?? {})) {
      expectField([response.headers[name] ?? ''].flat().join(', '), value)
    }
    if (example.json) expect(JSON.parse(body)).toMatchObject(withBase(example.json))
    if (typeof example.text === 'string') expect(body).toBe(example.text)
    if (example.text instanceof RegExp) expect(body).toMatch(example.text)
    if (response.statusCode === 400)
      expect(JSON.parse(body)).toEqual({
        status_code: 400,
        error: 'Bad Request',
        detail: expect.stringMatching(/\w.*\.$/),
      })
  })
})

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: promisify<Buffer, Buffer>(gunzip),
  deflate: promisify<Buffer, Buffer>(inflate),
  br: promisify<Buffer, Buffer>(brotliDecompress),
}

async function decode(bytes: Buffer, coding: string | string[] | undefined): Promise<string> {
  const decoder = DECODERS[String(coding)]
  return (decoder ? await decoder(bytes) : bytes).toString('utf8')
}

function expectField(value: string, expected: string | RegExp): void {
  if (typeof expected === 'string') expect(value).toBe(expected.replace('BASE', base))
  else expect(value).toMatch(expected)
}

function withBase(value: object): object {
  return JSON.parse(JSON.stringify(value).replaceAll('BASE', base))
}
