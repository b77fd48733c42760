/** A response has the content that is on disk, also if it is cached. A cached response is synchronous, any other a promise. */
import { mkdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { finished as finishedWriting } from 'node:stream/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Files, type FilesOptions } from '../../../../servers/http/files/files.ts'
import type { Response } from '../../../../servers/http/response/response.ts'
import { AccountFiles } from '../../../../shared/files/account-files.ts'
import { FileTree } from '../../../../shared/files/file-tree.ts'
import { snapshotTree } from '../../../../shared/files/tree-snapshot.ts'
import { emptyFolder } from '../../../helpers/cli.ts'
import { NO_BODY } from '../request/no-body.ts'

/** The coarsest clock of a file system; the server caches only files whose last change is older. */
const CLOCK_RESOLUTION_MS = 2000

const client = { host: '127.0.0.1', port: 1 }
const request = {
  method: 'GET',
  path: '/a.txt',
  query: '',
  headers: {},
  params: {},
  isSecure: false,
  client,
  body: NO_BODY,
}

/** Creates a tree with one file. @param age milliseconds since its last change, by the clock of `files` */
async function setUp(age: number, options: FilesOptions = { revalidation: 'always' }) {
  const folder = await emptyFolder()
  const tree = await FileTree.open(path.join(folder, 'www'))
  const file = path.join(tree.root, 'a.txt')
  await writeFile(file, 'one')
  const { ctimeMs } = await stat(file)
  const files = new Files(tree, { ...options, now: () => ctimeMs + age })
  onTestFinished(() => files.close())
  return { files, tree, file, folder }
}

async function respond(files: Files): Promise<{ source: 'memory' | 'disk'; response: Response }> {
  const result = files.respond(request)
  return { source: result instanceof Promise ? 'disk' : 'memory', response: await result }
}

test.each([
  ['disk', CLOCK_RESOLUTION_MS],
  ['memory', CLOCK_RESOLUTION_MS + 1],
] as const)('the second response is from %s if the last change was %i ms ago', async (source, age) => {
  const { files } = await setUp(age)
  expect((await respond(files)).source).toBe('disk')
  const second = await respond(files)
  expect(second.source).toBe(source)
  expect(await bodyOf(second.response)).toBe('one')
})

test('notices at once that a cached file was rewritten, replaced, removed or turned into a folder', async () => {
  const { files, file } = await setUp(1_000_000)
  const fromDisk = async () => {
    const { source, response } = await respond(files)
    expect(source).toBe('disk')
    return response.status === 200 ? bodyOf(response) : response.status
  }
  const expectCached = async () => expect((await respond(files)).source).toBe('memory')
  expect(await fromDisk()).toBe('one')
  await expectCached()
  await writeFile(file, 'two')
  await utimes(file, 0, 0)
  expect(await fromDisk()).toBe('two')
  await expectCached()
  await writeFile(`${file}.new`, '333')
  await rename(`${file}.new`, file)
  expect(await fromDisk()).toBe('333')
  await expectCached()
  await rm(file)
  expect(await fromDisk()).toBe(404)
  await mkdir(file)
  expect(await fromDisk()).toBe(301)
})

test('a cached file that becomes a link out of the tree is 404', async () => {
  const { files, file, folder } = await setUp(1_000_000)
  await respond(files)
  expect((await respond(files)).source).toBe('memory')
  await rename(file, path.join(folder, 'outside.txt'))
  await symlink(path.join(folder, 'outside.txt'), file)
  expect((await respond(files)).response.status).toBe(404)
})

test('a folder above a cached file that becomes a link out of the tree is 404', async () => {
  const { files, tree, folder } = await setUp(1_000_000)
  const respondTo = () => files.respond({ ...request, path: '/sub/b.txt' })
  await mkdir(path.join(tree.root, 'sub'))
  await writeFile(path.join(tree.root, 'sub/b.txt'), 'b')
  await respondTo()
  expect(respondTo()).toMatchObject({ status: 200 })
  await rename(path.join(tree.root, 'sub'), path.join(folder, 'outside'))
  await symlink(path.join(folder, 'outside'), path.join(tree.root, 'sub'))
  expect(await respondTo()).toMatchObject({ status: 404 })
})

describe('checked once in a period', () => {
  /** Longer than any test. */
  const LONG = { periodMs: 600_000 }
  const SHORT = { periodMs: 20 }

  test('a plain GET gets the same response each time, also by its target', async () => {
    const { files } = await setUp(1_000_000, LONG)
    await respond(files)
    const first = files.respond(request)
    expect(first).toMatchObject({ status: 200, shared: true })
    expect(files.respond(request)).toBe(first)
    expect(files.readyResponse({ ...request, target: '/a.txt' })).toBe(first)
    const headers = { 'if-none-match': etagOf(await first) }
    const notModified = files.respond({ ...request, headers })
    expect(notModified).toMatchObject({ status: 304, shared: true })
    expect(files.respond({ ...request, headers })).toBe(notModified)
    expect(files.readyResponse({ ...request, headers, target: '/a.txt' })).toBe(notModified)
  })

  test.each([
    ['HEAD', {}],
    ['GET', { range: 'bytes=0-0' }],
    ['GET', { 'if-match': '*' }],
    ['GET', { 'if-none-match': '"other"' }],
    ['GET', { 'if-modified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' }],
    ['GET', { 'if-unmodified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' }],
  ])('%s with %j has a response of its own', async (method, headers) => {
    const { files } = await setUp(1_000_000, LONG)
    await respond(files)
    expect(files.readyResponse({ ...request, method, headers, target: '/a.txt' })).toBeUndefined()
    expect(files.respond({ ...request, method, headers })).not.toHaveProperty('shared')
  })

  test('a change of another program is not noticed before, and is noticed after', async () => {
    const { files, file } = await setUp(1_000_000, LONG)
    await respond(files)
    await writeFile(file, 'two')
    expect(await bodyOf(await files.respond(request))).toBe('one')
    const short = await setUp(1_000_000, SHORT)
    await respond(short.files)
    await writeFile(short.file, 'two')
    await expect.poll(async () => bodyOf(await short.files.respond(request)), { interval: 5 }).toBe('two')
  })

  test('a change that this process makes is noticed at once', async () => {
    const { files, tree, file } = await setUp(1_000_000, LONG)
    const writable = new AccountFiles(tree, { read: ['/'], write: ['/'] })
    const put = async (name: string, content: string) => {
      const upload = await writable.startUpload(name, 0)
      await finishedWriting(upload.createStream().end(content))
      await upload.commit()
    }
    const body = async () => {
      const { response } = await respond(files)
      return response.status === 200 ? bodyOf(response) : response.status
    }
    expect(await body()).toBe('one')
    await put('/a.txt', 'two')
    expect(await body()).toBe('two')
    await put('/b.txt', 'three')
    await writable.rename('/b.txt', '/a.txt')
    expect(await body()).toBe('three')
    await writable.removeFile('/a.txt')
    expect(await body()).toBe(404)
    await writable.makeDirectory('/a.txt')
    expect(await body()).toBe(301)
    await writable.removeDirectory('/a.txt')
    await writeFile(file, 'four')
    expect(await body()).toBe('four')
  })

  test('restoring the tree is noticed at once', async () => {
    const { files, tree, file } = await setUp(1_000_000, LONG)
    const restore = snapshotTree(tree)
    await writeFile(file, 'two')
    expect(await bodyOf((await respond(files)).response)).toBe('two')
    restore()
    expect(await bodyOf((await respond(files)).response)).toBe('one')
  })

  test('requests that arrive together share one read', async () => {
    const { files } = await setUp(1_000_000, LONG)
    const responses = await Promise.all([files.respond(request), files.respond(request)])
    expect(responses[0].body).toBe(responses[1].body)
  })
})

function etagOf({ headers }: Response): string {
  return String(headers[headers.indexOf('ETag') + 1])
}

async function bodyOf({ body }: Response): Promise<string> {
  return typeof body === 'object' && 'chunks' in body ? '(a stream)' : String(body)
}
