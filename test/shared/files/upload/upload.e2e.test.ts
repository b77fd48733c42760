import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { AccountFiles } from '../../../../shared/files/account-files.ts'
import { FileTree } from '../../../../shared/files/file-tree.ts'
import { emptyFolder } from '../../../helpers/cli.ts'

/** The files of an account that may write three bytes to `/files`, in which `old.txt` is. */
async function accountFiles() {
  const root = path.join(await emptyFolder(), 'www')
  await mkdir(root)
  await mkdir(path.join(root, 'files'))
  await writeFile(path.join(root, 'files/old.txt'), 'old')
  const tree = await FileTree.open(root)
  return { root, files: new AccountFiles(tree, { read: ['/'], write: ['/files'], fileQuota: 6 }) }
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
