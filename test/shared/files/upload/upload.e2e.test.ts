import { chmod, mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { AccountFiles } from '../../../../shared/files/account-files.ts'
import { FileTree } from '../../../../shared/files/file-tree.ts'
import { emptyFolder } from '../../../helpers/cli.ts'

/** The files of an account that may write to `/files`, in which `old.txt` has three bytes of its quota. */
async function accountFiles(fileQuota = 6) {
  const root = path.join(await emptyFolder(), 'www')
  await mkdir(root)
  await mkdir(path.join(root, 'files'))
  await writeFile(path.join(root, 'files/old.txt'), 'old')
  const tree = await FileTree.open(root)
  return { root, files: new AccountFiles(tree, { read: ['/'], write: ['/files'], fileQuota }) }
}

test('writes batches of chunks in their order, whatever their sizes', async () => {
  const { root, files } = await accountFiles()
  const upload = await files.startUpload('/files/new.txt', 0)
  await upload.write([Buffer.from('a'), Buffer.alloc(0), Buffer.from('b')])
  await upload.write([])
  await upload.write([Buffer.from('c')])
  expect(await readFile(path.join(root, 'files/old.txt'), 'utf8')).toBe('old')
  await upload.commit()
  expect(await readFile(path.join(root, 'files/new.txt'), 'utf8')).toBe('abc')
})

test('fails as soon as the content does not fit in the quota, and leaves nothing', async () => {
  const { root, files } = await accountFiles()
  const upload = await files.startUpload('/files/new.txt', 0)
  const sent = pipeline(Readable.from(['ab', 'c', 'd']), upload.createStream())
  await expect(sent).rejects.toMatchObject({ name: 'FileError', code: 'over-quota' })
  await upload.discard()
  expect(await readdir(path.join(root, 'files'))).toEqual(['old.txt'])
})

test('a stream fails with the error of a write', async () => {
  const { files } = await accountFiles()
  const upload = await files.startUpload('/files/new.txt', 0)
  await upload.discard()
  await expect(pipeline(Readable.from(['a']), upload.createStream())).rejects.toThrow('file closed')
})

test.each([
  ['replaces', 0],
  ['continues', 'end'],
  ['continues from an offset', 1],
] as const)('a file that an upload %s keeps its permission bits', async (_, start) => {
  const { root, files } = await accountFiles()
  const file = path.join(root, 'files/old.txt')
  for (const mode of [0o600, 0o755]) {
    await chmod(file, mode)
    const upload = await files.startUpload('/files/old.txt', start)
    await upload.write([Buffer.from('a')])
    await upload.commit()
    expect((await stat(file)).mode & 0o777).toBe(mode)
    await writeFile(file, 'old')
  }
})

test.each([
  ['replaced', '/files/old.txt', 'end'],
  ['replaced', '/files/old.txt', 2],
  ['created', '/files/new.txt', 'end'],
] as const)('an upload does not continue a file that was %s meanwhile (%s, %s)', async (_, name, start) => {
  const { root, files } = await accountFiles(100)
  const late = await files.startUpload(name, start)
  const first = await files.startUpload(name, 'end')
  await first.write([Buffer.from('1')])
  await first.commit()
  const stored = await readFile(path.join(root, name), 'utf8')
  await late.write([Buffer.from('2')])
  await expect(late.commit()).rejects.toMatchObject({ name: 'FileError', code: 'changed' })
  await late.discard()
  expect(await readFile(path.join(root, name), 'utf8')).toBe(stored)
})

test('a signal ends the measurement of the quota', async () => {
  const { root, files } = await accountFiles()
  const ending = new AbortController()
  const started = files.startUpload('/files/new.txt', 0, { signal: ending.signal })
  ending.abort()
  await expect(started).rejects.toBe(ending.signal.reason)
  const upload = await files.startUpload('/files/old.txt', 0)
  await expect(upload.commit(undefined, ending.signal)).rejects.toBe(ending.signal.reason)
  await upload.discard()
  expect(await readdir(path.join(root, 'files'))).toEqual(['old.txt'])
  expect(await readFile(path.join(root, 'files/old.txt'), 'utf8')).toBe('old')
})

test('a signal ends the copy of the file that an upload continues', async () => {
  const root = path.join(await emptyFolder(), 'www')
  await mkdir(root)
  await writeFile(path.join(root, 'large'), '')
  await truncate(path.join(root, 'large'), 1024 ** 3)
  const files = new AccountFiles(await FileTree.open(root), { read: ['/'], write: ['/'] })
  const ending = new AbortController()
  const started = files.startUpload('/large', 'end', { signal: ending.signal })
  ending.abort()
  await expect(started).rejects.toBe(ending.signal.reason)
  expect(await readdir(root)).toEqual(['large'])
})
