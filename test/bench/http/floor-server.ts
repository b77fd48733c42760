/**
 * The floor of the bench: bare node:http, node:https or node:http2 with constant responses, which have the bytes and header
 * fields of ours. Arguments: PORT FOLDER http|https|h2 [CERTIFICATE KEY]
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer as createTlsServer } from 'node:https'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { JSON_BODY } from './workloads.ts'

interface Constant {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Buffer
}

const [port, folder = '', transport, certificate = '', key = ''] = process.argv.slice(2)
const read = (name: string) => readFileSync(path.join(folder, name))
const VALIDATORS = [
  'ETag',
  '"2t06n-255s-hol2v80hk1"',
  'Last-Modified',
  new Date().toUTCString(),
  'Cache-Control',
  'no-cache',
]
const RANGES = ['Accept-Ranges', 'bytes']

function constant(type: string, body: Buffer, more: readonly string[] = []): Constant {
  const content = ['Content-Type', type, 'Content-Length', String(body.length), 'X-Content-Type-Options', 'nosniff']
  return { status: 200, headers: [...content, ...more], body }
}

const PAGE = ['Content-Encoding', 'gzip', 'Vary', 'Accept-Encoding', ...VALIDATORS, ...RANGES]
const CONSTANTS = new Map<string, Constant>([
  ['/1k.txt', constant('text/plain; charset=utf-8', read('1k.txt'), [...VALIDATORS, ...RANGES])],
  ['/100k.bin', constant('application/octet-stream', read('100k.bin'), [...VALIDATORS, ...RANGES])],
  ['/10m.bin', constant('application/octet-stream', read('10m.bin'), [...VALIDATORS, ...RANGES])],
  ['/style.css', constant('text/css; charset=utf-8', gzipSync(read('style.css')), PAGE)],
  ['/healthz', constant('application/json; charset=utf-8', Buffer.from(JSON_BODY), ['Cache-Control', 'no-store'])],
  ['/304', { status: 304, headers: VALIDATORS, body: Buffer.alloc(0) }],
])

const constantOf = (target = '') => CONSTANTS.get(target) as Constant
const tls = () => ({ cert: readFileSync(certificate), key: readFileSync(key) })

function listen(): void {
  if (transport === 'h2') {
    const server = createSecureServer(tls())
    server.on('stream', (stream, fields) => {
      const { status, headers, body } = constantOf(fields[':path'])
      stream.respond({ ':status': status, ...Object.fromEntries(pairs(headers)) })
      stream.end(body)
    })
    server.listen(Number(port), '127.0.0.1')
    return
  }
  const server = transport === 'https' ? createTlsServer(tls()) : createServer()
  server.on('request', (request, response) => {
    const { status, headers, body } = constantOf(request.url)
    response.writeHead(status, headers as string[])
    response.end(body)
  })
  server.listen(Number(port), '127.0.0.1')
}

function pairs(headers: readonly string[]): [string, string][] {
  return headers.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), String(headers[index + 1])] as [string, string]] : [],
  )
}

listen()
