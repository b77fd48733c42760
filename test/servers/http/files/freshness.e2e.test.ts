/** A response has the content that is on disk, also if it is cached. A cached response is synchronous, any other a promise. */
import { mkdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Files } from '../../../../servers/http/files/files.ts'
import type { Response } from '../../../../servers/http/response/response.ts'
import { FileTree } from '../../../../shared/files/file-tree.ts'
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
async function setUp(age: number) {
  const folder = await emptyFolder()
  const tree = await FileTree.open(path.join(folder, 'www'))
  const file = path.join(tree.root, 'a.txt')
  await writeFile(file, 'one')
  const { ctimeMs } = await stat(file)
  return { files: new Files(tree, () => ctimeMs + age), file, folder }
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

async function bodyOf({ body }: Response): Promise<string> {
  return typeof body === 'object' && 'chunks' in body ? '(a stream)' : String(body)
}
