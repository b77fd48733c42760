import { createHook } from 'node:async_hooks'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { OutsideTreeError } from '../../../shared/files/file-error.ts'
import { FileTree } from '../../../shared/files/file-tree.ts'
import { emptyFolder } from '../../helpers/cli.ts'

async function createTree(): Promise<{ files: FileTree; folder: string }> {
  const folder = await emptyFolder()
  return { files: await FileTree.open(path.join(folder, 'www')), folder }
}

test('a new tree has sample files; an existing folder is not changed', async () => {
  const { files, folder } = await createTree()
  expect(await readFile(path.join(files.root, 'files/hello.txt'), 'utf8')).toBe('Hello from Fourwire.\n')
  await mkdir(path.join(folder, 'own'))
  const own = await FileTree.open(path.join(folder, 'own'))
  await expect(readFile(path.join(own.root, 'index.html'))).rejects.toThrow('ENOENT')
})

test.each([
  ['/', '/'],
  ['', '/'],
  ['/files/hello.txt', '/files/hello.txt'],
  ['/files//./hello.txt', '/files/hello.txt'],
  ['/files/../index.html', '/index.html'],
  ['/not/there/yet', '/not/there/yet'],
  ['/index.html/below-a-file', '/index.html/below-a-file'],
  ['/..hidden', '/..hidden'],
])('finds %j inside', async (name, target) => {
  const { files } = await createTree()
  expect(await files.targetOf(name)).toBe(target)
  expect(files.fileOf(name)).toBe(path.join(files.root, target.slice(1)))
})

test.each(['/..', '/../www-sibling/secret', '/files/../../secret', '/a\0b', '../etc/passwd'])(
  'rejects %j',
  async name => {
    const { files, folder } = await createTree()
    await mkdir(path.join(folder, 'www-sibling'))
    await expect(files.targetOf(name)).rejects.toThrow(OutsideTreeError)
    await expect(files.openPath(name)).rejects.toThrow(OutsideTreeError)
    expect(() => files.fileOf(name)).toThrow(OutsideTreeError)
  },
)

test('rejects a link to the outside, follows a link to the inside', async () => {
  const { files, folder } = await createTree()
  await writeFile(path.join(folder, 'secret'), 'secret')
  await symlink(folder, path.join(files.root, 'out'))
  await symlink(path.join(folder, 'nowhere'), path.join(files.root, 'dangling'))
  await symlink(path.join(files.root, 'files'), path.join(files.root, 'in'))
  for (const name of ['/out/secret', '/out/new', '/out']) {
    await expect(files.targetOf(name), name).rejects.toThrow(OutsideTreeError)
  }
  await expect(files.openPath('/out/secret')).rejects.toThrow(OutsideTreeError)
  await expect(files.openFolder('/out')).rejects.toThrow(OutsideTreeError)
  const opened = await files.openPath('/in/hello.txt')
  onTestFinished(() => opened.close())
  expect([opened.target, opened.real]).toEqual(['/files/hello.txt', path.join(files.root, 'files/hello.txt')])
  const handle = await opened.openForReading()
  expect(await handle.readFile('utf8').finally(() => handle.close())).toContain('Hello')
})

test('stops looking for a path at its first missing part', async () => {
  const { files } = await createTree()
  let lookups = 0
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'FSREQPROMISE') lookups += 1
    },
  }).enable()
  const target = await files.targetOf('a/'.repeat(1900)).finally(() => hook.disable())
  expect(target).toBe('/a'.repeat(1900))
  expect(lookups).toBeLessThan(5)
})

test('follows links in the path of a file that does not exist yet', async () => {
  const { files } = await createTree()
  await symlink(path.join(files.root, 'files'), path.join(files.root, 'in'))
  expect(await files.targetOf('/in/new/file')).toBe('/files/new/file')
})
