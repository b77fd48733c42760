/** Trees, hashes and changes of directories, by function and by command. */
import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { changeMode, hash, list, makeDirectory, remove, tree } from '../../../clients/ftp/index.ts'
import { UsageError } from '../../../shared/errors.ts'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { startFileServer } from './file-server.ts'
import { sharedSuite } from './shared-suite.ts'

const shared = sharedSuite()

const ftp = async (...args: string[]) => runInProcess(['ftp', ...args], { cwd: await emptyFolder() })

async function createTree(name: string): Promise<string> {
  const root = path.join(shared.www, name)
  await mkdir(path.join(root, 'b/deep'), { recursive: true })
  await writeFile(path.join(root, 'a.txt'), 'aaa')
  await writeFile(path.join(root, 'b/deep/c.txt'), 'c')
  await writeFile(path.join(root, 'b-d.txt'), 'd')
  return root
}

describe('tree', () => {
  test('lists all that is in a directory, or some levels', async () => {
    await createTree('tree')
    const { entries } = await tree({ ...shared.server, path: '/tree' })
    expect(entries.map(({ path, type, size }) => `${type} ${path} ${type === 'file' ? size : ''}`)).toEqual([
      'file a.txt 3',
      'directory b ',
      'directory b/deep ',
      'file b/deep/c.txt 1',
      'file b-d.txt 1',
    ])
    expect(entries[0]?.modified).toMatch(/^\d{4}-.*Z$/)
    const top = await tree({ ...shared.server, path: '/tree', depth: 1 })
    expect(top.entries.map(({ path }) => path)).toEqual(['a.txt', 'b', 'b-d.txt'])
  })

  test('the command draws it as tree(1) does', async () => {
    await createTree('drawn')
    expect((await ftp('tree', `${shared.address}/drawn`)).stdout).toBe(
      'drawn\n├── a.txt\n├── b/\n│   └── deep/\n│       └── c.txt\n└── b-d.txt\n\n2 directories, 3 files\n',
    )
    expect((await ftp('tree', `${shared.address}/drawn`, '-L', '1')).stdout).toContain('1 directory, 2 files\n')
  })
})

test('ls -l shows permissions', async () => {
  const root = await createTree('long')
  await chmod(path.join(root, 'a.txt'), 0o640)
  const { stdout } = await ftp('ls', '-l', `${shared.address}/long`)
  expect(stdout).toMatch(/^-rw-r----- {2}- {2}- {2}3 {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}a\.txt$/m)
  expect(stdout).toMatch(/^drwxr-xr-x {2}- {2}- {2}- {2}\d{4}.* {2}b\/$/m)
})

test('cat prints files one after another', async () => {
  await createTree('cat')
  expect(await ftp('cat', `${shared.address}/cat/a.txt`, `${shared.address}/cat/b-d.txt`)).toEqual({
    code: 0,
    stdout: 'aaad',
    stderr: '',
  })
  expect(await ftp('cat', `${shared.address}/cat/a.txt`, '--json')).toMatchObject({ code: 2 })
})

describe('rm -r', () => {
  test('removes a directory with all that is in it, but not what links name', async () => {
    const root = await createTree('removed')
    const outside = await createTree('outside')
    await symlink(outside, path.join(root, 'b/link'))
    const result = await remove({ ...shared.server, path: '/removed', recursive: true })
    expect(result).toMatchObject({ path: '/removed', files: 4, directories: 3 })
    expect(await readdir(shared.www)).not.toContain('removed')
    expect(await readdir(outside)).toEqual(['a.txt', 'b', 'b-d.txt'])
  })

  test('removes a file too', async () => {
    const root = await createTree('one-file')
    expect((await ftp('rm', '-r', `${shared.address}/one-file/a.txt`)).stdout).toBe('one-file/a.txt: removed\n')
    expect(await readdir(root)).toEqual(['b', 'b-d.txt'])
    expect((await ftp('rm', '-r', `${shared.address}/one-file/`)).stdout).toBe(
      'one-file/: removed (files: 2, directories: 3)\n',
    )
  })

  test.for(['', '/', '.', '/files/..', './'])('refuses %o', async path => {
    await expect(remove({ ...shared.server, path, recursive: true })).rejects.toThrow(UsageError)
    expect(await readdir(shared.www)).toContain('files')
  })
})

describe('mkdir -p', () => {
  test('creates the directories above, and accepts one that exists', async () => {
    for (const path of ['/new/deep/er', '/new/deep/er', 'relative/deep/']) {
      await makeDirectory({ ...shared.server, path, parents: true })
    }
    expect(await readdir(path.join(shared.www, 'new/deep'))).toEqual(['er'])
    expect(await readdir(path.join(shared.www, 'relative'))).toEqual(['deep'])
    await expect(makeDirectory({ ...shared.server, path: '/new' })).rejects.toMatchObject({ code: 550 })
  })

  test('fails if a file is in the way', async () => {
    await createTree('in-the-way')
    const attempt = makeDirectory({ ...shared.server, path: '/in-the-way/a.txt/x', parents: true })
    await expect(attempt).rejects.toMatchObject({ code: 550 })
  })
})

describe('hash', () => {
  test.for(['sha-256', 'sha-512', 'sha-1', 'md5', 'crc32'] as const)('%s of a file', async algorithm => {
    await createTree('hashed')
    const expected =
      algorithm === 'crc32' ? 'f007732d' : createHash(algorithm.replace('sha-', 'sha')).update('aaa').digest('hex')
    const result = await hash({ ...shared.server, path: '/hashed/a.txt', algorithm })
    expect(result).toMatchObject({ algorithm, hash: expected, computedBy: algorithm === 'md5' ? 'client' : 'server' })
  })

  test('the command prints a line as sha256sum does, and that it has downloaded the file', async () => {
    await createTree('hash-command')
    const sha256 = createHash('sha256').update('aaa').digest('hex')
    const url = `${shared.address}/hash-command/a.txt`
    expect(await ftp('hash', url)).toEqual({ code: 0, stdout: `${sha256}  hash-command/a.txt\n`, stderr: '' })
    const { stdout, stderr } = await ftp('hash', '-a', 'md5', url)
    expect(stdout).toBe(`${createHash('md5').update('aaa').digest('hex')}  hash-command/a.txt\n`)
    expect(stderr).toBe('the server does not offer md5: computed from a download\n')
  })

  test.for(['sha-1', 'crc32'] as const)('a server without HASH sends the file: %s', async algorithm => {
    const { port } = await startFileServer({ files: { '/a': 'aaa' } })
    expect(await hash({ port, path: '/a', algorithm })).toMatchObject({
      hash: algorithm === 'crc32' ? 'f007732d' : createHash('sha1').update('aaa').digest('hex'),
      computedBy: 'client',
    })
  })

  test('rejects a reply without the hash', async () => {
    const FEAT = '211-Features:\r\n HASH SHA-256*\r\n211 End'
    const { port } = await startFileServer({ script: { FEAT, HASH: '213 SHA-1 0-1 00 /a' } })
    await expect(hash({ port, path: '/a' })).rejects.toThrow('the reply to HASH has no sha-256 of /a: 213 SHA-1')
  })
})

test('chmod changes permissions, and rejects other modes than octal ones', async () => {
  const root = await createTree('chmod')
  expect((await ftp('chmod', '600', `${shared.address}/chmod/a.txt`)).stdout).toBe('chmod/a.txt: mode 600\n')
  expect((await stat(path.join(root, 'a.txt'))).mode & 0o777).toBe(0o600)
  await expect(changeMode({ ...shared.server, path: '/chmod/a.txt', mode: 'u+x' })).rejects.toThrow('is not a mode')
  const { entries } = await list({ ...shared.server, path: '/chmod' })
  expect(entries[0]).toMatchObject({ name: 'a.txt', mode: 0o600 })
})
