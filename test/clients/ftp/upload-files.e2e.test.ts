/** Uploads of files and folders to the suite's server. */
import { mkdir, readFile, symlink, utimes } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { describeFiles, filesError } from '../../../clients/ftp/commands/format-files.ts'
import { putFiles } from '../../../clients/ftp/index.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { createFiles, OLD, readFiles, secondsOf, TREE, TREE_WITH_FOLDERS } from './local-files.ts'
import { sharedSuite } from './shared-suite.ts'

const shared = sharedSuite()

test('a folder arrives with all files, empty folders and times', async () => {
  const folder = await emptyFolder()
  await createFiles(path.join(folder, 'up'), TREE)
  const from = [path.join(folder, 'up')]
  const result = await putFiles({ ...shared.server, path: '/', from })
  expect(result).toMatchObject({ files: 3, bytes: 6, failed: [], skipped: [] })
  expect(await readFiles(path.join(shared.www, 'up'))).toEqual(TREE_WITH_FOLDERS)
  expect(await secondsOf(path.join(shared.www, 'up/deep/er/b.txt'))).toBe(OLD)
  await putFiles({ ...shared.server, path: '/renamed', from })
  expect(await readFiles(path.join(shared.www, 'renamed'))).toEqual(TREE_WITH_FOLDERS)
  // The directory exists now, so it gets the folder.
  await putFiles({ ...shared.server, path: '/renamed', from })
  expect(await readFiles(path.join(shared.www, 'renamed/up'))).toEqual(TREE_WITH_FOLDERS)
})

test('several files go into a directory', async () => {
  const folder = await emptyFolder()
  await createFiles(folder, { a: '1', b: '2' })
  const from = [path.join(folder, 'a'), path.join(folder, 'b')]
  await mkdir(path.join(shared.www, 'into'))
  await putFiles({ ...shared.server, path: '/into', from })
  expect(await readFiles(path.join(shared.www, 'into'))).toEqual({ a: '1', b: '2' })
  await expect(putFiles({ ...shared.server, path: '/new', from })).rejects.toThrow('"/new" is not a directory')
  await expect(putFiles({ ...shared.server, path: '/', from: [path.join(folder, 'c')] })).rejects.toThrow(
    /cannot read .*c: /,
  )
})

test('a mirror transfers only what differs in size or time, and deletes on request only', async () => {
  const from = path.join(await emptyFolder(), 'source')
  await createFiles(from, TREE)
  const remote = path.join(shared.www, 'put-mirror')
  const mirror = { ...shared.server, path: '/put-mirror/', from: [from], mirror: true }
  expect(await putFiles(mirror)).toMatchObject({ files: 3, unchanged: 0 })
  expect(await putFiles(mirror)).toMatchObject({ files: 0, unchanged: 3, actions: [] })
  await utimes(path.join(from, 'a.txt'), OLD - 100, OLD - 100)
  await createFiles(remote, { 'extra/file.txt': 'extra' })
  const result = await putFiles({ ...mirror, delete: true, dryRun: true })
  expect(result.actions).toEqual([
    { action: 'upload', path: '/put-mirror/a.txt', size: 1 },
    { action: 'delete', path: '/put-mirror/extra' },
  ])
  expect(await readFiles(remote)).toHaveProperty(['extra/file.txt'])
  await putFiles({ ...mirror, delete: true })
  expect(await readFiles(remote)).toEqual(TREE_WITH_FOLDERS)
  expect(await secondsOf(path.join(remote, 'a.txt'))).toBe(OLD - 100)
})

test('a mirror that deletes a link does not delete what it names', async () => {
  const from = path.join(await emptyFolder(), 'source')
  await createFiles(from, { 'a.txt': 'a' })
  await createFiles(shared.www, { 'put-links/': '', 'named/file.txt': 'untouched' })
  await symlink('../named', path.join(shared.www, 'put-links/link'))
  const result = await putFiles({ ...shared.server, path: '/put-links', from: [from], mirror: true, delete: true })
  expect(result).toMatchObject({ failed: [], actions: [{ action: 'upload' }, { path: '/put-links/link' }] })
  expect(await readFiles(path.join(shared.www, 'put-links'))).toEqual({ 'a.txt': 'a' })
  expect(await readFiles(path.join(shared.www, 'named'))).toEqual({ 'file.txt': 'untouched' })
})

test('links in a folder are skipped, and named', async () => {
  const folder = await emptyFolder()
  await createFiles(folder, { 'source/a.txt': 'a' })
  await symlink('/etc', path.join(folder, 'source/link'))
  const result = await putFiles({ ...shared.server, path: '/skipped', from: [path.join(folder, 'source')] })
  expect(result).toMatchObject({ files: 1, skipped: [{ path: '/skipped/link', reason: 'it is a symbolic link' }] })
  expect(await readFiles(path.join(shared.www, 'skipped'))).toEqual({ 'a.txt': 'a' })
})

test('continues with the bytes that the server does not have', async () => {
  const folder = await emptyFolder()
  await createFiles(folder, { file: '0123456789' })
  await createFiles(shared.www, { 'continued.txt': '01234', 'changed.txt': 'x', 'longer.txt': '0123456789ab' })
  const from = [path.join(folder, 'file')]
  expect(await putFiles({ ...shared.server, path: '/continued.txt', from, continue: true })).toMatchObject({ bytes: 5 })
  expect(await putFiles({ ...shared.server, path: '/changed.txt', from, continue: true })).toMatchObject({ bytes: 10 })
  expect(await putFiles({ ...shared.server, path: '/longer.txt', from, continue: true })).toMatchObject({ bytes: 10 })
  expect(await putFiles({ ...shared.server, path: '/missing.txt', from, continue: true })).toMatchObject({ bytes: 10 })
  for (const name of ['continued.txt', 'changed.txt', 'longer.txt', 'missing.txt']) {
    expect(await readFile(path.join(shared.www, name), 'utf8')).toBe('0123456789')
  }
})

test('a file that cannot be sent does not stop the others', async () => {
  const folder = await emptyFolder()
  await createFiles(folder, { 'source/a.txt': 'a', 'source/line\nending': 'b', 'source/z.txt': 'z' })
  const result = await putFiles({ ...shared.server, path: '/sendable', from: [path.join(folder, 'source')] })
  expect(result.skipped).toEqual([
    { path: '/sendable/line\nending', reason: 'its name has a line ending, which FTP cannot send' },
  ])
  expect(await readFiles(path.join(shared.www, 'sendable'))).toEqual({ 'a.txt': 'a', 'z.txt': 'z' })
})

test('a folder that cannot be created fails once, with the number of files in it, and does not stop the others', async () => {
  const folder = await emptyFolder()
  await createFiles(folder, { 'denied/a.txt': 'a', 'denied/deep/b.txt': 'b', 'mine/c.txt': 'c' })
  const from = ['denied', 'mine'].map(name => path.join(folder, name))
  await shared.suite.accounts.add({ name: 'ann', password: 'secret', write: ['/mine'] })
  const result = await putFiles({ ...shared.server, user: 'ann', password: 'secret', path: '/', from })
  expect(result).toMatchObject({ files: 1, actions: [{ action: 'create', path: '/mine' }, { path: '/mine/c.txt' }] })
  expect(result.failed).toEqual([{ path: '/denied', code: 550, text: expect.any(String), omitted: 2 }])
  expect(describeFiles(result)).toBe('1 file (1 B) uploaded, 1 folder created, 1 failed')
  expect(filesError(result)?.message).toMatch(
    /^1 of 3 actions failed: \/denied: 550 .*\/denied \(not transferred: 2 files in it\)$/,
  )
})

test('several files for a directory that does not exist fail at once', async () => {
  const folder = await emptyFolder()
  await createFiles(folder, { a: '1', b: '2' })
  const from = [path.join(folder, 'a'), path.join(folder, 'b')]
  await expect(putFiles({ ...shared.server, path: '/nope/nope/', from })).rejects.toMatchObject({
    code: 550,
    text: 'No such file or directory',
  })
})

test('anonymous: every action fails with the reply of the server', async () => {
  const folder = await emptyFolder()
  await createFiles(folder, { 'source/a.txt': 'a' })
  const { host, port } = shared.server
  const result = await putFiles({ host, port, path: '/denied', from: [path.join(folder, 'source')] })
  const failed = [{ path: '/denied', code: 550, text: 'This account may only read', omitted: 1 }]
  expect(result).toMatchObject({ files: 0, actions: [], failed })
})
