/** Transfers of files and folders between the client and the suite's server. */
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type FtpFilesProgress, getFiles, putFiles } from '../../../clients/ftp/index.ts'
import { startSuite } from '../../../shared/launcher/index.ts'
import { afterAllTests, emptyFolder } from '../../helpers/cli.ts'
import { LOWEST_COST } from '../../helpers/password-cost.ts'

const cleanup = afterAllTests()
let www: string
let server: { host: string; port: number; user: string; password: string }

beforeAll(async () => {
  const suite = await startSuite({ services: ['ftp'], passwordCost: LOWEST_COST })
  cleanup(() => suite.close())
  www = path.join(suite.dataFolder, 'www')
  server = { host: suite.ftp.host, port: suite.ftp.port, user: 'alice', password: 'wonderland' }
})

const OLD = 1_600_000_000

/** Creates files with their content, and gives them a time in the past. Names that end with `/` are folders. */
async function createFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name)
    await mkdir(name.endsWith('/') ? file : path.dirname(file), { recursive: true })
    if (name.endsWith('/')) continue
    await writeFile(file, content)
    await utimes(file, OLD, OLD)
  }
}

/** Returns the files below a folder with their content; folders end with `/`. */
async function readFiles(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.map(async entry => {
    const file = path.join(entry.parentPath, entry.name)
    const name = path.relative(root, file)
    return entry.isDirectory() ? [`${name}/`, ''] : [name, await readFile(file, 'utf8')]
  })
  return Object.fromEntries((await Promise.all(files)).sort())
}

const secondsOf = async (file: string) => Math.floor((await stat(file)).mtimeMs / 1000)

const TREE = { 'a.txt': 'a', 'deep/er/b.txt': 'bb', 'deep/c.txt': 'ccc', 'empty/': '' }
const TREE_WITH_FOLDERS = { ...TREE, 'deep/': '', 'deep/er/': '' }

describe('download', () => {
  test('a directory arrives with all files, empty folders and times', async () => {
    await createFiles(path.join(www, 'whole'), TREE)
    const folder = await emptyFolder()
    const result = await getFiles({ ...server, path: '/whole', to: folder })
    expect(result).toMatchObject({ files: 3, bytes: 6, unchanged: 0, failed: [], skipped: [], dryRun: false })
    expect(await readFiles(path.join(folder, 'whole'))).toEqual(TREE_WITH_FOLDERS)
    expect(await secondsOf(path.join(folder, 'whole/deep/er/b.txt'))).toBe(OLD)
    await getFiles({ ...server, path: '/whole', to: path.join(folder, 'renamed') })
    expect(await readFiles(path.join(folder, 'renamed'))).toEqual(TREE_WITH_FOLDERS)
  })

  test('a pattern names files, and a folder gets them', async () => {
    await createFiles(path.join(www, 'glob'), {
      'a.txt': '1',
      'b.txt': '2',
      'c.bin': '3',
      '.d.txt': '4',
      'x/e.txt': '5',
    })
    const folder = await emptyFolder()
    await getFiles({ ...server, path: '/glob/*.txt', glob: true, to: folder })
    expect(await readFiles(folder)).toEqual({ 'a.txt': '1', 'b.txt': '2' })
    const second = await emptyFolder()
    await getFiles({ ...server, path: '/gl?b/*/[a-e].txt', glob: true, to: second })
    expect(await readFiles(second)).toEqual({ 'e.txt': '5' })
    const none = getFiles({ ...server, path: '/glob/*.zip', glob: true, to: folder })
    await expect(none).rejects.toThrow('no file on the server matches "/glob/*.zip"')
  })

  test('a path is no pattern by default, and a backslash makes a character of a pattern literal', async () => {
    await createFiles(path.join(www, 'literal'), { '[a].txt': 'set', 'a.txt': 'a' })
    const folder = await emptyFolder()
    await getFiles({ ...server, path: '/literal/[a].txt', to: folder })
    expect(await readFiles(folder)).toEqual({ '[a].txt': 'set' })
    const second = await emptyFolder()
    await getFiles({ ...server, path: '/literal/\\[a].txt', glob: true, to: second })
    expect(await readFiles(second)).toEqual({ '[a].txt': 'set' })
  })

  test('several files need a folder', async () => {
    await createFiles(path.join(www, 'several'), { a: '1', b: '2' })
    const to = path.join(await emptyFolder(), 'new')
    await expect(getFiles({ ...server, path: '/several/*', glob: true, to })).rejects.toThrow(/is not a folder/)
  })

  test('a mirror transfers only what differs in size or time, and deletes on request only', async () => {
    const remote = path.join(www, 'mirror')
    await createFiles(remote, TREE)
    const to = path.join(await emptyFolder(), 'copy')
    const mirror = { ...server, path: '/mirror', to, mirror: true }
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
    await createFiles(path.join(www, 'types'), { 'x/y': 'in a folder', z: 'file' })
    const to = path.join(await emptyFolder(), 'copy')
    await createFiles(to, { x: 'file', 'z/deep/w': 'in a folder' })
    const mirror = { ...server, path: '/types', to, mirror: true }
    const result = await getFiles({ ...mirror, dryRun: true })
    expect(result.skipped).toEqual([
      { path: path.join(to, 'x'), reason: 'it is a directory, but a file of this name exists' },
      { path: path.join(to, 'z'), reason: 'it is a file, but a directory of this name exists' },
    ])
    expect(await getFiles({ ...mirror, delete: true })).toMatchObject({ failed: [] })
    expect(await readFiles(to)).toEqual({ 'x/': '', 'x/y': 'in a folder', z: 'file' })
  })

  test('does not write through a link in the local folder, and deletes only the link', async () => {
    await createFiles(path.join(www, 'links'), { 'folder/file.txt': 'new' })
    const parent = await emptyFolder()
    await createFiles(parent, { 'outside/file.txt': 'untouched', 'copy/': '' })
    await symlink('../outside', path.join(parent, 'copy/folder'))
    const target = { ...server, path: '/links', to: path.join(parent, 'copy') }
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
    await createFiles(path.join(www, 'progress'), { a: 'x'.repeat(1000), b: 'y'.repeat(3000) })
    const events: FtpFilesProgress[] = []
    const to = path.join(await emptyFolder(), 'copy')
    await getFiles({ ...server, path: '/progress', to, parallel: 1, onProgress: event => events.push(event) })
    expect(events.at(-1)).toEqual({
      file: path.join(to, 'b'),
      bytes: 3000,
      total: 3000,
      overall: { files: 2, done: 2, bytes: 4000, total: 4000 },
    })
    expect(events[0]).toMatchObject({ file: path.join(to, 'a'), bytes: 1000, overall: { done: 0, bytes: 1000 } })
  })
})

describe('upload', () => {
  test('a folder arrives with all files, empty folders and times', async () => {
    const folder = await emptyFolder()
    await createFiles(path.join(folder, 'up'), TREE)
    const from = [path.join(folder, 'up')]
    const result = await putFiles({ ...server, path: '/', from })
    expect(result).toMatchObject({ files: 3, bytes: 6, failed: [], skipped: [] })
    expect(await readFiles(path.join(www, 'up'))).toEqual(TREE_WITH_FOLDERS)
    expect(await secondsOf(path.join(www, 'up/deep/er/b.txt'))).toBe(OLD)
    await putFiles({ ...server, path: '/renamed', from })
    expect(await readFiles(path.join(www, 'renamed'))).toEqual(TREE_WITH_FOLDERS)
    // The directory exists now, so it gets the folder.
    await putFiles({ ...server, path: '/renamed', from })
    expect(await readFiles(path.join(www, 'renamed/up'))).toEqual(TREE_WITH_FOLDERS)
  })

  test('several files go into a directory', async () => {
    const folder = await emptyFolder()
    await createFiles(folder, { a: '1', b: '2' })
    const from = [path.join(folder, 'a'), path.join(folder, 'b')]
    await mkdir(path.join(www, 'into'))
    await putFiles({ ...server, path: '/into', from })
    expect(await readFiles(path.join(www, 'into'))).toEqual({ a: '1', b: '2' })
    await expect(putFiles({ ...server, path: '/new', from })).rejects.toThrow('"/new" is not a directory')
    await expect(putFiles({ ...server, path: '/', from: [path.join(folder, 'c')] })).rejects.toThrow(
      /cannot read .*c: /,
    )
  })

  test('a mirror transfers only what differs in size or time, and deletes on request only', async () => {
    const from = path.join(await emptyFolder(), 'source')
    await createFiles(from, TREE)
    const remote = path.join(www, 'put-mirror')
    const mirror = { ...server, path: '/put-mirror/', from: [from], mirror: true }
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
    await createFiles(www, { 'put-links/': '', 'named/file.txt': 'untouched' })
    await symlink('../named', path.join(www, 'put-links/link'))
    const result = await putFiles({ ...server, path: '/put-links', from: [from], mirror: true, delete: true })
    expect(result).toMatchObject({ failed: [], actions: [{ action: 'upload' }, { path: '/put-links/link' }] })
    expect(await readFiles(path.join(www, 'put-links'))).toEqual({ 'a.txt': 'a' })
    expect(await readFiles(path.join(www, 'named'))).toEqual({ 'file.txt': 'untouched' })
  })

  test('links in a folder are skipped, and named', async () => {
    const folder = await emptyFolder()
    await createFiles(folder, { 'source/a.txt': 'a' })
    await symlink('/etc', path.join(folder, 'source/link'))
    const result = await putFiles({ ...server, path: '/skipped', from: [path.join(folder, 'source')] })
    expect(result).toMatchObject({ files: 1, skipped: [{ path: '/skipped/link', reason: 'it is a symbolic link' }] })
    expect(await readFiles(path.join(www, 'skipped'))).toEqual({ 'a.txt': 'a' })
  })

  test('continues with the bytes that the server does not have', async () => {
    const folder = await emptyFolder()
    await createFiles(folder, { file: '0123456789' })
    await createFiles(www, { 'continued.txt': '01234', 'changed.txt': 'x', 'longer.txt': '0123456789ab' })
    const from = [path.join(folder, 'file')]
    expect(await putFiles({ ...server, path: '/continued.txt', from, continue: true })).toMatchObject({ bytes: 5 })
    expect(await putFiles({ ...server, path: '/changed.txt', from, continue: true })).toMatchObject({ bytes: 10 })
    expect(await putFiles({ ...server, path: '/longer.txt', from, continue: true })).toMatchObject({ bytes: 10 })
    expect(await putFiles({ ...server, path: '/missing.txt', from, continue: true })).toMatchObject({ bytes: 10 })
    for (const name of ['continued.txt', 'changed.txt', 'longer.txt', 'missing.txt']) {
      expect(await readFile(path.join(www, name), 'utf8')).toBe('0123456789')
    }
  })

  test('a file that cannot be sent does not stop the others', async () => {
    const folder = await emptyFolder()
    await createFiles(folder, { 'source/a.txt': 'a', 'source/line\nending': 'b', 'source/z.txt': 'z' })
    const result = await putFiles({ ...server, path: '/sendable', from: [path.join(folder, 'source')] })
    expect(result.skipped).toEqual([
      { path: '/sendable/line\nending', reason: 'its name has a line ending, which FTP cannot send' },
    ])
    expect(await readFiles(path.join(www, 'sendable'))).toEqual({ 'a.txt': 'a', 'z.txt': 'z' })
  })

  test('anonymous: every action fails with the reply of the server', async () => {
    const folder = await emptyFolder()
    await createFiles(folder, { 'source/a.txt': 'a' })
    const { host, port } = server
    const result = await putFiles({ host, port, path: '/denied', from: [path.join(folder, 'source')] })
    expect(result).toMatchObject({ files: 0, actions: [], failed: [{ path: '/denied', code: 550 }, { code: 550 }] })
  })
})
