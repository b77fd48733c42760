import { mkdirSync, renameSync, type Stats, writeFileSync } from 'node:fs'
import { link, mkdir, realpath, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { FileTree } from '../../../shared/files/file-tree.ts'
import { bytesInFolders } from '../../../shared/files/file-usage.ts'
import { temporaryFileName } from '../../../shared/files/upload/temporary-file.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { openDescriptorsIn } from '../../helpers/open-descriptors.ts'

/** Creates files of 1, 10, 100 ... bytes, and links to them. */
async function createFolders(): Promise<{ root: string; tree: FileTree }> {
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
  return { root, tree: await FileTree.open(root) }
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
  const { tree } = await createFolders()
  expect(await bytesInFolders(tree, folders)).toBe(bytes)
})

test('omits files that do not count', async () => {
  const { root, tree } = await createFolders()
  const { ino } = await stat(path.join(root, 'a/inner'))
  const isCounted = (folder: Stats, name: string) => folder.ino !== ino || name !== '10'
  expect(await bytesInFolders(tree, ['/a'], { isCounted })).toBe(A - 10)
  expect(await bytesInFolders(tree, ['/a/inner/10'], { isCounted })).toBe(0)
})

test('counts more files than it reads at once', async () => {
  const { root, tree } = await createFolders()
  for (let number = 0; number < 100; number++) await link(path.join(root, 'b/1000'), path.join(root, `b/${number}`))
  expect(await bytesInFolders(tree, ['/b'])).toBe(101_000)
})

/** Long enough that the path of a folder at a depth of 20 is longer than the system allows. */
const DEEP_NAME = 'z'.repeat(210)
const DEPTH = 36

/**
 * Creates a folder in a folder, 36 levels deep. Each level has a file of one byte, and another folder with one. The second half is
 * created elsewhere and moved, as a client would do it. Call `shorten` at the end: what removes the tree uses paths.
 */
async function createDeepTree() {
  const root = await realpath(await emptyFolder())
  const half = path.join(...Array<string>(DEPTH / 2).fill(DEEP_NAME))
  for (const start of ['upper', 'lower']) {
    for (let folder = path.join(root, start), depth = 0; depth < DEPTH / 2; depth++) {
      folder = path.join(folder, DEEP_NAME)
      mkdirSync(path.join(folder, 'a'), { recursive: true })
      for (const file of ['1', 'a/1']) writeFileSync(path.join(folder, file), 'x')
    }
  }
  const lower = path.join(root, 'upper', half, DEEP_NAME)
  renameSync(path.join(root, 'lower', DEEP_NAME), lower)
  return { tree: await FileTree.open(root), root, half, shorten: () => renameSync(lower, path.join(root, 'moved')) }
}

test('counts files whose paths are longer than the system allows, with few open descriptors', async () => {
  const { tree, root, shorten } = await createDeepTree()
  try {
    let most = 0
    const isCounted = () => {
      most = Math.max(most, openDescriptorsIn(root))
      return true
    }
    expect(await bytesInFolders(tree, ['/'], { isCounted })).toBe(DEPTH * 2)
    // The reader of a folder, and nine folders.
    expect(most).toBeLessThanOrEqual(10)
    expect(openDescriptorsIn(root)).toBe(0)
  } finally {
    shorten()
  }
})

test('fails if a folder is moved to which it has to return, and closes all', async () => {
  const { tree, root, half, shorten } = await createDeepTree()
  let files = 0
  const moveInTheMiddle = () => {
    files += 1
    if (files === DEPTH) renameSync(path.join(root, 'upper', half), path.join(root, 'elsewhere'))
    return true
  }
  const counted = bytesInFolders(tree, ['/'], { isCounted: moveInTheMiddle })
  await expect(counted).rejects.toMatchObject({ name: 'FileError', code: 'changed' })
  expect(openDescriptorsIn(root)).toBe(0)
  renameSync(path.join(root, 'elsewhere'), path.join(root, 'upper', half))
  shorten()
})

test('ends with its signal, in an empty folder too', async () => {
  const { root, tree } = await createFolders()
  const controller = new AbortController()
  const isCounted = (_folder: Stats, name: string) => {
    if (name === '1000') controller.abort(new Error('enough'))
    return true
  }
  for (const folder of ['a/empty', 'b/empty']) await mkdir(path.join(root, folder))
  const counted = bytesInFolders(tree, ['/b', '/a/empty'], { isCounted, signal: controller.signal })
  await expect(counted).rejects.toThrow('enough')
  const signal = AbortSignal.abort(new Error('before'))
  await expect(bytesInFolders(tree, ['/a/empty'], { signal })).rejects.toThrow('before')
})
