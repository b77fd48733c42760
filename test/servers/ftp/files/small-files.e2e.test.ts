import { mkdir, open, rename, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { SessionFiles } from '../../../../servers/ftp/files/session-files.ts'
import { SmallFiles } from '../../../../servers/ftp/files/small-files.ts'
import { FileTree } from '../../../../shared/files/file-tree.ts'
import { emptyFolder } from '../../../helpers/cli.ts'

/** Small files whose clock is a minute ahead, so that files that were just written count as old. */
const aMinuteAhead = () => new SmallFiles(() => Date.now() + 60_000)

async function createTree(smallFiles: SmallFiles) {
  const root = path.join(await emptyFolder(), 'www')
  await mkdir(path.join(root, 'own'), { recursive: true })
  const tree = await FileTree.open(root)
  const filesOf = (read: string) => new SessionFiles(tree, smallFiles, { read: [read], write: [] })
  return { root: tree.root, filesOf, files: filesOf('/') }
}

const contentOf = async (files: SessionFiles, name: string) => {
  const download = await files.openDownload(name)
  if (download.kind === 'read') return String(download.content)
  const content = await download.handle.readFile('utf8')
  await download.handle.close()
  return content
}

test('sends the content that it has read before, without opening the file', async () => {
  const smallFiles = aMinuteAhead()
  const { root, files } = await createTree(smallFiles)
  const name = path.join(root, 'a.txt')
  await writeFile(name, 'one')
  expect(smallFiles.find(name)).toBeUndefined()
  expect(await contentOf(files, '/a.txt')).toBe('one')
  expect(smallFiles.find(name)).toMatchObject({ content: Buffer.from('one'), target: '/a.txt' })
  expect(await files.openDownload('a.txt')).toMatchObject({ kind: 'read', size: 3 })
})

test.for([
  ['is written', (name: string) => writeFile(name, 'two')],
  ['is replaced', (name: string) => writeFile(`${name}.new`, 'two').then(() => rename(`${name}.new`, name))],
  [
    'becomes a link',
    async (name: string) => {
      await writeFile(`${name}.new`, 'two')
      await rename(name, `${name}.old`)
      await symlink(`${name}.new`, name)
    },
  ],
] as const)('reads a file again that %s', async ([, change]) => {
  const { root, files } = await createTree(aMinuteAhead())
  await writeFile(path.join(root, 'a.txt'), 'one')
  expect(await contentOf(files, 'a.txt')).toBe('one')
  await change(path.join(root, 'a.txt'))
  expect(await contentOf(files, 'a.txt')).toBe('two')
})

test('an account reads only what it may read, if another one has read it before', async () => {
  const { root, files, filesOf } = await createTree(aMinuteAhead())
  await writeFile(path.join(root, 'secret.txt'), 'secret')
  await symlink('../secret.txt', path.join(root, 'own/link.txt'))
  expect(await contentOf(files, '/own/link.txt')).toBe('secret')
  await expect(filesOf('/own').openDownload('/own/link.txt')).rejects.toMatchObject({ code: 'denied' })
  await expect(filesOf('/own').openDownload('/secret.txt')).rejects.toMatchObject({ code: 'denied' })
})

test.for([
  ['has just changed', new SmallFiles(), 10],
  ['is large', aMinuteAhead(), 64 * 1024 + 1],
] as const)('reads a file each time that %s', async ([, smallFiles, size]) => {
  const { root, files } = await createTree(smallFiles)
  await writeFile(path.join(root, 'a'), Buffer.alloc(size))
  expect((await contentOf(files, 'a')).length).toBe(size)
  expect(smallFiles.find(path.join(root, 'a'))).toBeUndefined()
})

test('forgets the files that were unused for the longest time, beyond 16 MiB', async () => {
  const smallFiles = aMinuteAhead()
  const { root } = await createTree(smallFiles)
  await writeFile(path.join(root, 'a'), Buffer.alloc(64 * 1024))
  const handle = await open(path.join(root, 'a'))
  const stats = await handle.stat()
  const read = (name: string) => smallFiles.read(name, handle, { stats, target: '/a' })
  await read(path.join(root, 'a'))
  for (let count = 0; count < 250; count++) await read(`${count}`)
  expect(smallFiles.find(path.join(root, 'a'))).toBeDefined()
  for (let count = 250; count < 400; count++) await read(`${count}`)
  expect(smallFiles.find(path.join(root, 'a'))).toBeDefined()
  for (let count = 400; count < 700; count++) await read(`${count}`)
  expect(smallFiles.find(path.join(root, 'a'))).toBeUndefined()
  await handle.close()
})

test('reads files of other kinds of file systems each time, because a stat of theirs can take long', async () => {
  const smallFiles = aMinuteAhead()
  const handle = await open('/proc/version')
  const stats = { ...(await handle.stat()), size: 10, ctimeMs: 0 }
  expect(await smallFiles.read('/proc/version', handle, { stats, target: '/version' })).toBeUndefined()
  await handle.close()
})
