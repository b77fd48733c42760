/** Files in a content coding: compressed by the server, or by a build tool beside the file. */
import { mkdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as zlib from 'node:zlib'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { SUPPORTED_CODINGS } from '../../../../servers/http/files/compressor.ts'
import { Files } from '../../../../servers/http/files/files.ts'
import type { Body, Response } from '../../../../servers/http/response/response.ts'
import { FileTree } from '../../../../shared/files/file-tree.ts'
import { emptyFolder } from '../../../helpers/cli.ts'
import { NO_BODY } from '../request/no-body.ts'

const TEXT = 'The same words again and again. '.repeat(500)
const HOUR_MS = 3_600_000
/** The first bytes of every gzip file, as latin1. */
const GZIP_MAGIC = '\x1f\x8b'

let tree: FileTree
let files: Files

beforeEach(async () => {
  tree = await FileTree.open(path.join(await emptyFolder(), 'www'))
  // An hour later, all files are old enough to be cached.
  files = new Files(tree, { periodMs: 600_000, now: () => Date.now() + HOUR_MS })
  onTestFinished(() => files.close())
})

const inTree = (name: string) => path.join(tree.root, name)
const write = (name: string, content: string | Buffer) => writeFile(inTree(name), content)

function respond(name: string, headers: Record<string, string>, method = 'GET', from = files) {
  const client = { host: '127.0.0.1', port: 1 }
  return from.respond({ method, path: name, query: '', headers, params: {}, isSecure: false, client, body: NO_BODY })
}

async function get(name: string, encoding?: string, headers: Record<string, string> = {}) {
  const fields = encoding === undefined ? headers : { ...headers, 'accept-encoding': encoding }
  const response = await respond(name, fields)
  return { status: response.status, fields: fieldsOf(response), body: await bytesOf(response.body) }
}

function fieldsOf({ headers }: Response): Record<string, string> {
  const pairs = Array.from({ length: headers.length / 2 }, (_, index) => headers.slice(index * 2, index * 2 + 2))
  return Object.fromEntries(pairs)
}

async function bytesOf(body: Body | undefined): Promise<Buffer> {
  if (typeof body !== 'object' || !('chunks' in body)) return Buffer.from(body ?? '')
  const chunks: Uint8Array[] = []
  for await (const chunk of body.chunks()) chunks.push(Buffer.from(chunk))
  await body.close()
  return Buffer.concat(chunks)
}

const DECODE = { br: zlib.brotliDecompressSync, gzip: zlib.gunzipSync } as const

describe('compressed by the server', () => {
  beforeEach(() => write('a.css', TEXT))

  test.each(['br', 'gzip'] as const)('%s decodes to the file, and has a strong tag of its own', async coding => {
    const plain = await get('/a.css')
    const { fields, body } = await get('/a.css', coding)
    expect(DECODE[coding](body).toString()).toBe(TEXT)
    expect(fields).toMatchObject({
      'Content-Type': 'text/css; charset=utf-8',
      'Content-Length': String(body.length),
      'Content-Encoding': coding,
      Vary: 'Accept-Encoding',
    })
    expect(fields.ETag).toMatch(/^"/)
    expect(fields.ETag).not.toBe(plain.fields.ETag)
    expect(plain.fields).toMatchObject({ 'Content-Length': String(TEXT.length), Vary: 'Accept-Encoding' })
    expect(plain.fields).not.toHaveProperty('Content-Encoding')
  })

  test('uses zstd where Node has it', async () => {
    const hasZstd = 'zstdCompress' in zlib
    expect(SUPPORTED_CODINGS).toEqual(hasZstd ? ['br', 'zstd', 'gzip'] : ['br', 'gzip'])
    expect((await get('/a.css', 'zstd')).fields['Content-Encoding']).toBe(hasZstd ? 'zstd' : undefined)
  })

  test('the same response is used again, synchronously, for each value of Accept-Encoding', async () => {
    for (const encoding of ['gzip, br', 'br', 'gzip']) {
      await get('/a.css', encoding)
      const first = respond('/a.css', { 'accept-encoding': encoding })
      expect(first).toMatchObject({ status: 200, shared: true })
      expect(respond('/a.css', { 'accept-encoding': encoding })).toBe(first)
    }
    const [one, other] = [respond('/a.css', { 'accept-encoding': 'br' }), respond('/a.css', {})]
    expect(other).not.toBe(one)
  })

  test('requests that arrive together share one compression', async () => {
    await get('/a.css')
    const both = await Promise.all([1, 2].map(() => respond('/a.css', { 'accept-encoding': 'br' })))
    expect(both[0]?.body).toBe(both[1]?.body)
  })

  test('preconditions and ranges apply to the compressed content', async () => {
    const { fields, body } = await get('/a.css', 'gzip')
    const tag = String(fields.ETag)
    expect((await get('/a.css', 'gzip', { 'if-none-match': tag })).status).toBe(304)
    expect((await get('/a.css', 'br', { 'if-none-match': tag })).status).toBe(200)
    const part = await get('/a.css', 'gzip', { range: 'bytes=5-9', 'if-range': tag })
    expect([part.status, part.fields['Content-Range']]).toEqual([206, `bytes 5-9/${body.length}`])
    expect(part.body).toEqual(body.subarray(5, 10))
    expect((await get('/a.css', 'br', { range: 'bytes=5-9', 'if-range': tag })).status).toBe(200)
  })

  test('HEAD has the fields of GET', async () => {
    const { fields } = await get('/a.css', 'gzip')
    expect(fieldsOf(await respond('/a.css', { 'accept-encoding': 'gzip' }, 'HEAD'))).toEqual(fields)
  })

  test('a file that has changed just now is compressed too, up to 1 MiB', async () => {
    const recent = new Files(tree)
    onTestFinished(() => recent.close())
    for (const size of [2000, 300_000]) {
      await write('b.css', 'x'.repeat(size))
      const response = await respond('/b.css', { 'accept-encoding': 'gzip' }, 'GET', recent)
      expect(fieldsOf(response)['Content-Encoding']).toBe('gzip')
      expect(zlib.gunzipSync(await bytesOf(response.body)).length).toBe(size)
    }
  })

  test('a changed file is compressed again', async () => {
    await get('/a.css', 'gzip')
    await write('a.css', TEXT.toUpperCase())
    tree.changed()
    const { body } = await get('/a.css', 'gzip')
    expect(zlib.gunzipSync(body).toString()).toBe(TEXT.toUpperCase())
  })

  test.each([
    ['a small file', 'small.txt', Buffer.from('few words')],
    ['a file of more than 1 MiB', 'large.txt', Buffer.alloc(1024 * 1024 + 1, 'x')],
    ['an image', 'image.png', Buffer.alloc(5000)],
  ])('%s is sent as it is', async (_title, name, content) => {
    await write(name, content)
    const { fields, body } = await get(`/${name}`, 'gzip, br')
    expect(fields).not.toHaveProperty('Content-Encoding')
    expect(fields).not.toHaveProperty('Vary')
    expect(body.equals(content)).toBe(true)
  })

  test('100 files at once: each client gets the content of its file', async () => {
    const texts = Array.from({ length: 100 }, (_, index) => `${index} `.repeat(1000))
    await Promise.all(texts.map((text, index) => write(`${index}.txt`, text)))
    const received = await Promise.all(texts.map((_, index) => get(`/${index}.txt`, 'gzip')))
    const decoded = received.map(({ fields, body }) =>
      (fields['Content-Encoding'] === 'gzip' ? zlib.gunzipSync(body) : body).toString(),
    )
    expect(decoded).toEqual(texts)
    // The queue is bounded; the files beyond it were sent as they are.
    const compressed = received.filter(({ fields }) => fields['Content-Encoding'] === 'gzip')
    expect(compressed.length).toBeGreaterThan(30)
  })
})

describe('compressed beside the file', () => {
  /** Writes a file that is as old as the neighbour, or `age` ms older. */
  async function writePair(name: string, neighbour: string, age = 0): Promise<void> {
    const time = new Date(1_700_000_000_000)
    for (const [each, at] of [
      [name, new Date(time.getTime() - age)],
      [neighbour, time],
    ] as const) {
      await write(each, each === name ? TEXT : `content of ${neighbour}`)
      await utimes(inTree(each), at, at)
    }
  }

  test.each([
    ['br', 'a.js.br'],
    ['zstd', 'a.js.zst'],
    ['gzip', 'a.js.gz'],
  ])('%s: the server sends %s', async (coding, neighbour) => {
    await writePair('a.js', neighbour, 1000)
    const { fields, body } = await get('/a.js', coding)
    expect(body.toString()).toBe(`content of ${neighbour}`)
    expect(fields).toMatchObject({
      'Content-Type': 'text/javascript; charset=utf-8',
      'Content-Encoding': coding,
      'Content-Length': String(body.length),
      'Last-Modified': 'Tue, 14 Nov 2023 22:13:20 GMT',
      Vary: 'Accept-Encoding',
    })
    expect(respond('/a.js', { 'accept-encoding': coding })).toMatchObject({ shared: true })
  })

  test('one that is as new as the file is used, an older one is not', async () => {
    await writePair('a.js', 'a.js.gz', 0)
    expect((await get('/a.js', 'gzip')).body.toString()).toBe('content of a.js.gz')
    await writePair('b.js', 'b.js.gz', -1)
    expect(zlib.gunzipSync((await get('/b.js', 'gzip')).body).toString()).toBe(TEXT)
  })

  test('also for a file that is too large for memory, and for index.html', async () => {
    await write('large.json', Buffer.alloc(1024 * 1024 + 1, '1'))
    await write('large.json.br', Buffer.alloc(1024 * 1024 + 2, '2'))
    const { fields, body } = await get('/large.json', 'br')
    expect(fields['Content-Encoding']).toBe('br')
    expect(body.equals(Buffer.alloc(1024 * 1024 + 2, '2'))).toBe(true)
    await mkdir(inTree('sub'))
    await writePair('sub/index.html', 'sub/index.html.gz')
    expect((await get('/sub/', 'gzip')).body.toString()).toBe('content of sub/index.html.gz')
  })

  test('one that appears, changes or disappears is noticed', async () => {
    await write('a.js', TEXT)
    const body = async () => {
      tree.changed()
      return (await get('/a.js', 'gzip')).body.toString('latin1')
    }
    expect(await body()).toContain(GZIP_MAGIC)
    await write('a.js.gz', 'one')
    expect(await body()).toBe('one')
    await write('a.js.gz', 'two')
    expect(await body()).toBe('two')
    await rm(inTree('a.js.gz'))
    expect(await body()).toContain(GZIP_MAGIC)
  })

  test('a link that leads out of the tree, and a folder, are not used', async () => {
    await write('a.js', TEXT)
    const outside = path.join(tree.root, '../outside.gz')
    await writeFile(outside, 'secret')
    await symlink(outside, inTree('a.js.gz'))
    await mkdir(inTree('a.js.br'))
    expect(zlib.gunzipSync((await get('/a.js', 'gzip')).body).toString()).toBe(TEXT)
    expect(zlib.brotliDecompressSync((await get('/a.js', 'br')).body).toString()).toBe(TEXT)
  })

  test('its own path is that of a file without a coding', async () => {
    await writePair('a.js', 'a.js.gz')
    const { fields, body } = await get('/a.js.gz', 'gzip')
    expect(body.toString()).toBe('content of a.js.gz')
    expect(fields).not.toHaveProperty('Content-Encoding')
    expect((await stat(inTree('a.js.gz'))).size).toBe(body.length)
  })
})
