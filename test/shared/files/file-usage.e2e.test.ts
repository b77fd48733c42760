import { link, mkdir, realpath, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { bytesInFolders } from '../../../shared/files/file-usage.ts'
import { temporaryFileName } from '../../../shared/files/upload/temporary-file.ts'
import { emptyFolder } from '../../helpers/cli.ts'

/** Creates files of 1, 10, 100 ... bytes, and links to them. */
async function createFolders(): Promise<string> {
  const root = await realpath(await emptyFolder())
  const files = ['a/1', 'a/inner/10', 'a/inner/deep/100', 'b/1000', 'ab/10000', `a/${temporaryFileName()}`]
  for (const [index, file] of files.entries()) {
    await mkdir(path.join(root, path.dirname(file)), { recursive: true })
    await writeFile(path.join(root, file), 'x'.repeat(10 ** index))
  }
  await symlink('../b/1000', path.join(root, 'a/file-link'))
  await symlink('../b', path.join(root, 'a/folder-link'))
  await symlink('../a', path.join(root, 'a/inner/loop'))
  await symlink('a', path.join(root, 'linked'))
  return root
}

const A = 100_111

test.each<[string, string[], number]>([
  ['a folder with the folders and incomplete uploads in it, without links', ['/a'], A],
  ['two folders', ['/a', '/b'], A + 1000],
  ['the whole tree', ['/'], A + 11_000],
  ['a folder in another one once', ['/a/inner', '/a', '/a/inner/deep', '/a'], A],
  ['a file', ['/a/inner/10'], 10],
  ['a missing folder', ['/nope', '/b'], 1000],
  ['a path below a file', ['/b/1000/x'], 0],
  ['a folder that a link leads to', ['/linked', '/linked/inner', '/a/folder-link'], 0],
  ['no folder', [], 0],
])('counts %s', async (_title, folders, bytes) => {
  expect(await bytesInFolders(await createFolders(), folders, () => true)).toBe(bytes)
})

test('omits files that do not count', async () => {
  const root = await createFolders()
  const omitted = path.join(root, 'a/inner/10')
  expect(await bytesInFolders(root, ['/a'], file => file !== omitted)).toBe(A - 10)
})

test('counts more files than it reads at once', async () => {
  const root = await createFolders()
  for (let number = 0; number < 100; number++) await link(path.join(root, 'b/1000'), path.join(root, `b/${number}`))
  expect(await bytesInFolders(root, ['/b'], () => true)).toBe(101_000)
})
