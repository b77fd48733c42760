/** What is on disk is what is served, from memory too. An answer out of memory comes at once, any other as a promise. */
import { mkdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Files } from '../../../../servers/http/files/files.ts'
import type { Response } from '../../../../servers/http/response/response.ts'
import { FileTree } from '../../../../shared/files/file-tree.ts'
import { emptyFolder } from '../../../helpers/cli.ts'

/** The coarsest grain of a file system's clock: what was changed longer ago than this is kept in memory. */
const GRAIN_MS = 2000

const body = { client: { host: '127.0.0.1', port: 1 }, read: async () => Buffer.alloc(0) }
const request = { method: 'GET', path: '/a.txt', query: '', headers: {}, params: {}, body }

/** A tree with one file, and a clock that says how long ago its last change was. */
async function setUp(age: number) {
  const folder = await emptyFolder()
  const tree = await FileTree.open(path.join(folder, 'www'))
  const file = path.join(tree.root, 'a.txt')
  await writeFile(file, 'one')
  const { ctimeMs } = await stat(file)
  return { files: new Files(tree, () => ctimeMs + age), file, folder }
}

/** Serves it once; then says how the next answer comes, and what it is. */
async function served(files: Files): Promise<{ how: 'from memory' | 'from disk'; answer: Response }> {
  const answer = files.respond(request)
  return { how: answer instanceof Promise ? 'from disk' : 'from memory', answer: await answer }
}

test.each([
  ['from disk', GRAIN_MS],
  ['from memory', GRAIN_MS + 1],
] as const)('a file is served %s the second time when its last change was %i ms ago', async (how, age) => {
  const { files } = await setUp(age)
  expect((await served(files)).how).toBe('from disk')
  const second = await served(files)
  expect(second.how).toBe(how)
  expect(await bodyOf(second.answer)).toBe('one')
})

test('a file in memory that is rewritten, replaced, removed or turned into a folder is seen at once', async () => {
  const { files, file } = await setUp(1_000_000)
  const next = async () => {
    const { how, answer } = await served(files)
    expect(how).toBe('from disk')
    return answer.status === 200 ? bodyOf(answer) : answer.status
  }
  const inMemory = async () => expect((await served(files)).how).toBe('from memory')
  expect(await next()).toBe('one')
  await inMemory()
  await writeFile(file, 'two')
  await utimes(file, 0, 0)
  expect(await next()).toBe('two')
  await inMemory()
  await writeFile(`${file}.new`, '333')
  await rename(`${file}.new`, file)
  expect(await next()).toBe('333')
  await inMemory()
  await rm(file)
  expect(await next()).toBe(404)
  await mkdir(file)
  expect(await next()).toBe(301)
})

test('a file in memory that becomes a link out of the tree is gone', async () => {
  const { files, file, folder } = await setUp(1_000_000)
  await served(files)
  expect((await served(files)).how).toBe('from memory')
  await rename(file, path.join(folder, 'outside.txt'))
  await symlink(path.join(folder, 'outside.txt'), file)
  expect((await served(files)).answer.status).toBe(404)
})

async function bodyOf({ body }: Response): Promise<string> {
  return typeof body === 'object' && 'chunks' in body ? '(a stream)' : String(body)
}
