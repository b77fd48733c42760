/** Downloads of files and folders from the suite's server. */
import { symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type FtpFilesProgress, getFiles } from '../../../clients/ftp/index.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { createFiles, OLD, readFiles, secondsOf, TREE, TREE_WITH_FOLDERS } from './local-files.ts'
import { sharedSuite } from './shared-suite.ts'

const shared = sharedSuite()

test('a directory arrives with all files, empty folders and times', async () => {
  await createFiles(path.join(shared.www, 'whole'), TREE)
  const folder = await emptyFolder()
  const result = await getFiles({ ...shared.server, path: '/whole', to: folder })
  expect(result).toMatchObject({ files: 3, bytes: 6, unchanged: 0, failed: [], skipped: [], dryRun: false })
  expect(await readFiles(path.join(folder, 'whole'))).toEqual(TREE_WITH_FOLDERS)
  expect(await secondsOf(path.join(folder, 'whole/deep/er/b.txt'))).toBe(OLD)
  await getFiles({ ...shared.server, path: '/whole', to: path.join(folder, 'renamed') })
  expect(await readFiles(path.join(folder, 'renamed'))).toEqual(TREE_WITH_FOLDERS)
})

test('a pattern names files, and a folder gets them', async () => {
  await createFiles(path.join(shared.www, 'glob'), {
    'a.txt': '1',
    'b.txt': '2',
    'c.bin': '3',
    '.d.txt': '4',
    'x/e.txt': '5',
  })
  const folder = await emptyFolder()
  await getFiles({ ...shared.server, path: '/glob/*.txt', glob: true, to: folder })
  expect(await readFiles(folder)).toEqual({ 'a.txt': '1', 'b.txt': '2' })
  const second = await emptyFolder()
  await getFiles({ ...shared.server, path: '/gl?b/*/[a-e].txt', glob: true, to: second })
  expect(await readFiles(second)).toEqual({ 'e.txt': '5' })
  const none = getFiles({ ...shared.server, path: '/glob/*.zip', glob: true, to: folder })
  await expect(none).rejects.toThrow('no file on the server matches "/glob/*.zip"')
})

test('a path is no pattern by default, and a backslash makes a character of a pattern literal', async () => {
  await createFiles(path.join(shared.www, 'literal'), { '[a].txt': 'set', 'a.txt': 'a' })
  const folder = await emptyFolder()
  await getFiles({ ...shared.server, path: '/literal/[a].txt', to: folder })
  expect(await readFiles(folder)).toEqual({ '[a].txt': 'set' })
  const second = await emptyFolder()
  await getFiles({ ...shared.server, path: '/literal/\\[a].txt', glob: true, to: second })
  expect(await readFiles(second)).toEqual({ '[a].txt': 'set' })
})

test('several files need a folder', async () => {
  await createFiles(path.join(shared.www, 'several'), { a: '1', b: '2' })
  const to = path.join(await emptyFolder(), 'new')
  await expect(getFiles({ ...shared.server, path: '/several/*', glob: true, to })).rejects.toThrow(/is not a folder/)
})

test('a mirror transfers only what differs in size or time, and deletes on request only', async () => {
  const remote = path.join(shared.www, 'mirror')
  await createFiles(remote, TREE)
  const to = path.join(await emptyFolder(), 'copy')
  const mirror = { ...shared.server, path: '/mirror', to, mirror: true }
  expect(await getFiles(mirror)).toMatchObject({ files: 3, unchanged: 0 })
  expect(await getFiles(mirror)).toMatchObject({ files: 0, unchanged: 3, actions: [] })
  await writeFile(path.join(remote, 'a.txt'), 'A')
  await utimes(path.join(remote, 'a.txt'), OLD + 1, OLD + 1)
  await createFiles(remote, { 'deep/c.txt': 'longer' })
  await createFiles(to, { 'extra/file.txt': 'extra', 'deep/old.txt': 'old' })
  expect(await getFiles(mirror)).toMatchObject({
    unchanged: 1,
    actions: [
      { action: 'download', path: path.join(to, 'a.txt'), size: 1 },
      { action: 'download', path: path.join(to, 'deep/c.txt'), size: 6 },
    ],
  })
  expect(await readFiles(to)).toHaveProperty(['extra/file.txt'])
  const dry = await getFiles({ ...mirror, delete: true, dryRun: true })
  const deletions = ['deep/old.txt', 'extra'].map(name => ({
    action: 'delete',
    path: path.join(to, name),
  }))
  expect(dry).toMatchObject({ dryRun: true, files: 0, actions: deletions })
  expect(await readFiles(to)).toHaveProperty(['deep/old.txt'])
  expect(await getFiles({ ...mirror, delete: true })).toMatchObject({ dryRun: false, actions: deletions })
  expect(await readFiles(to)).toEqual({ ...TREE_WITH_FOLDERS, 'a.txt': 'A', 'deep/c.txt': 'longer' })
})

test('a mirror replaces a file by a folder only if it may delete', async () => {
  await createFiles(path.join(shared.www, 'types'), { 'x/y': 'in a folder', z: 'file' })
  const to = path.join(await emptyFolder(), 'copy')
  await createFiles(to, { x: 'file', 'z/deep/w': 'in a folder' })
  const mirror = { ...shared.server, path: '/types', to, mirror: true }
  const result = await getFiles({ ...mirror, dryRun: true })
  expect(result.skipped).toEqual([
    { path: path.join(to, 'x'), reason: 'it is a directory, but a file of this name exists' },
    { path: path.join(to, 'z'), reason: 'it is a file, but a directory of this name exists' },
  ])
  expect(await getFiles({ ...mirror, delete: true })).toMatchObject({ failed: [] })
  expect(await readFiles(to)).toEqual({ 'x/': '', 'x/y': 'in a folder', z: 'file' })
})

test('does not write through a link in the local folder, and deletes only the link', async () => {
  await createFiles(path.join(shared.www, 'links'), { 'folder/file.txt': 'new' })
  const parent = await emptyFolder()
  await createFiles(parent, { 'outside/file.txt': 'untouched', 'copy/': '' })
  await symlink('../outside', path.join(parent, 'copy/folder'))
  const target = { ...shared.server, path: '/links', to: path.join(parent, 'copy') }
  expect(await getFiles({ ...target, mirror: true })).toMatchObject({
    skipped: [{ reason: 'it is a directory, but a link of this name exists' }],
  })
  await getFiles({ ...target, mirror: true, delete: true })
  expect(await readFiles(parent)).toEqual({
    'copy/': '',
    'copy/folder/': '',
    'copy/folder/file.txt': 'new',
    'outside/': '',
    'outside/file.txt': 'untouched',
  })
})

test('reports the progress of each file and of all', async () => {
  await createFiles(path.join(shared.www, 'progress'), { a: 'x'.repeat(1000), b: 'y'.repeat(3000) })
  const events: FtpFilesProgress[] = []
  const to = path.join(await emptyFolder(), 'copy')
  await getFiles({ ...shared.server, path: '/progress', to, parallel: 1, onProgress: event => events.push(event) })
  expect(events.at(-1)).toEqual({
    file: path.join(to, 'b'),
    bytes: 3000,
    total: 3000,
    overall: { files: 2, done: 2, bytes: 4000, total: 4000 },
  })
  expect(events[0]).toMatchObject({ file: path.join(to, 'a'), bytes: 1000, overall: { done: 0, bytes: 1000 } })
})
