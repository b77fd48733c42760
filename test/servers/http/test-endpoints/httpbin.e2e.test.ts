/** The examples of go-httpbin, against the test endpoints. */
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { request } from 'undici'
import { beforeAll, describe, expect, test } from 'vitest'
import { TestEndpoints } from '../../../../servers/http/test-endpoints/test-endpoints.ts'
import { startSuite } from '../../../../shared/launcher/index.ts'
import { afterAllTests } from '../../../helpers/cli.ts'
import { CONTENT_EXAMPLES } from './examples/contents.ts'
import type { Example } from './examples/example.ts'
import { REQUEST_EXAMPLES } from './examples/requests.ts'
import { STATUS_EXAMPLES } from './examples/statuses.ts'

const EXAMPLES = [...REQUEST_EXAMPLES, ...STATUS_EXAMPLES, ...CONTENT_EXAMPLES]

let base: string
const cleanup = afterAllTests()

beforeAll(async () => {
  const suite = await startSuite({ services: ['http'] })
  cleanup(() => suite.close())
  base = new URL('test', suite.http.url).href
})

const titleOf = ({ request, headers = {}, body, status = 200 }: Example) => {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [request, ...fields, ...(body === undefined ? [] : [JSON.stringify(body.slice(0, 20))]), `-> ${status}`].join(
    ' ',
  )
}

test('the page lists every endpoint with a curl line for this server, without scripts', async () => {
  const response = await fetch(`${base}/`)
  const page = await response.text()
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
  expect(page).not.toContain('<script')
  for (const { endpoints } of new TestEndpoints().groups) {
    for (const { path } of endpoints) expect(page).toContain(`<code>/test${path.replace('*', ':')}</code>`)
  }
  expect(page).toContain(`curl -sS ${base}/ip</code>`)
  const withoutSlash = await fetch(base, { redirect: 'manual' })
  expect([withoutSlash.status, withoutSlash.headers.get('location')]).toEqual([308, '/test/'])
})

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
