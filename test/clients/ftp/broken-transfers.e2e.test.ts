/** Downloads from servers that break connections, refuse files, and send names that must not leave the folder. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type FtpPartial, getFiles } from '../../../clients/ftp/index.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { startFileServer } from './file-server.ts'

const CONTENT = '0123456789'

test('continues a broken download in the same operation, from where it ended', async () => {
  const server = await startFileServer({
    files: { '/file': CONTENT },
    breaksAfter: attempt => (attempt === 1 ? 4 : undefined),
  })
  const folder = await emptyFolder()
  const result = await getFiles({ port: server.port, path: '/file', to: folder })
  expect(result).toMatchObject({ files: 1, failed: [] })
  expect(await readFile(path.join(folder, 'file'), 'utf8')).toBe(CONTENT)
  expect(await readdir(folder)).toEqual(['file'])
  // The last byte is requested again, to compare it.
  expect(server.received.filter(line => /^RE/.test(line))).toEqual(['RETR /file', 'REST 3', 'RETR /file'])
})

test('a download that breaks twice keeps the first bytes, and --continue downloads the rest', async () => {
  const server = await startFileServer({ files: { '/file': CONTENT }, breaksAfter: attempt => [4, 3][attempt - 1] })
  const folder = await emptyFolder()
  const partials: FtpPartial[] = []
  const request = { port: server.port, path: '/file', to: folder }
  const first = await getFiles({ ...request, onPartial: partial => partials.push(partial) })
  expect(first).toMatchObject({ files: 0, failed: [{ code: 426 }] })
  expect(partials).toEqual([{ file: path.join(folder, 'file.fourwire-part'), size: 6 }])
  const second = await getFiles({ ...request, continue: true })
  expect(second).toMatchObject({ files: 1, bytes: 5 })
  expect(await readFile(path.join(folder, 'file'), 'utf8')).toBe(CONTENT)
  expect(await readdir(folder)).toEqual(['file'])
})

test('starts again if the last byte, the size or the time differs from that of the interrupted download', async () => {
  const files: Record<string, string> = { '/file': CONTENT }
  const server = await startFileServer({ files, breaksAfter: attempt => [4, 3][attempt - 1] })
  const folder = await emptyFolder()
  const request = { port: server.port, path: '/file', to: folder, continue: true }
  await getFiles(request)
  files['/file'] = 'abcdefghij'
  expect(await getFiles(request)).toMatchObject({ files: 1, failed: [] })
  expect(await readFile(path.join(folder, 'file'), 'utf8')).toBe('abcdefghij')
})

test('without --continue, an interrupted download starts again', async () => {
  const server = await startFileServer({ files: { '/file': CONTENT }, breaksAfter: attempt => [4, 3][attempt - 1] })
  const folder = await emptyFolder()
  const request = { port: server.port, path: '/file', to: folder }
  await getFiles(request)
  expect(await getFiles(request)).toMatchObject({ files: 1, bytes: 10 })
  expect(await readdir(folder)).toEqual(['file'])
})

test('a server that sends less than the size, and reports success, fails', async () => {
  const server = await startFileServer({
    files: { '/file': CONTENT },
    script: { MLST: '250-Facts\r\n type=file;size=100; /file\r\n250 End' },
  })
  const folder = await emptyFolder()
  const attempt = getFiles({ port: server.port, path: '/file', to: folder })
  await expect(attempt).rejects.toThrow('the server sent 10 of the 100 bytes of /file')
  expect(await readdir(folder)).not.toContain('file')
})

test('a file that the server refuses does not stop the others', async () => {
  const server = await startFileServer({
    listings: { '/d': ['type=file;size=1; a', 'type=file;size=1; missing', 'type=file;size=1; z'] },
    files: { '/d/a': 'a', '/d/z': 'z' },
  })
  const folder = await emptyFolder()
  const result = await getFiles({ port: server.port, path: '/d', to: folder, parallel: 1 })
  expect(result).toMatchObject({
    files: 2,
    failed: [{ path: path.join(folder, 'd/missing'), code: 550, text: 'no such file' }],
  })
  expect(await readdir(path.join(folder, 'd'))).toEqual(['a', 'z'])
})

test('names from the server never leave the folder', async () => {
  const unsafe = ['..', '.', '../up', '/etc/x', 'a\\b', '..\\up', 'a/../../x']
  const listing = [...unsafe.map(name => `type=file;size=1; ${name}`), 'type=dir; ..', 'type=file;size=4; safe']
  const server = await startFileServer({ listings: { '/d': listing }, files: { '/d/safe': 'safe' } })
  const parent = await emptyFolder()
  await mkdir(path.join(parent, 'inner'))
  const result = await getFiles({ port: server.port, path: '/d', to: path.join(parent, 'inner'), parallel: 1 })
  expect(result.files).toBe(1)
  expect(result.skipped.map(({ reason }) => reason)).toEqual([
    'its name could lead out of the local folder',
    'its name could lead out of the local folder',
  ])
  expect(await readdir(parent, { recursive: true })).toEqual(['inner', 'inner/d', 'inner/d/safe'])
})

test('links are not followed, and a directory in itself has an end', async () => {
  const listing = ['type=OS.unix=symlink; link', 'type=OS.unix=slink:/etc; other', 'type=file;size=1; a']
  const server = await startFileServer({ listings: { '/d': listing }, files: { '/d/a': 'a' } })
  const folder = await emptyFolder()
  const result = await getFiles({ port: server.port, path: '/d', to: folder, parallel: 1 })
  expect(result.skipped).toMatchObject([
    { path: path.join(folder, 'd/link'), reason: 'it is a symbolic link' },
    { path: path.join(folder, 'd/other') },
  ])
  const endless = new Proxy({}, { get: () => ['type=dir; d'] })
  const loop = await startFileServer({ listings: endless })
  const attempt = getFiles({ port: loop.port, path: '/d', to: folder, parallel: 1 })
  await expect(attempt).rejects.toThrow('cannot read all of "/d": it is more than 64 folders deep')
})

test('uses fewer sessions if the server refuses more', async () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  let sessions = 0
  const server = await startFileServer({
    listings: { '/d': names.map(name => `type=file;size=1; ${name}`) },
    files: Object.fromEntries(names.map(name => [`/d/${name}`, name])),
    script: {
      '': socket => {
        sessions += 1
        socket.write(sessions === 1 ? '220 ready\r\n' : '421 too many connections\r\n')
      },
    },
  })
  const folder = await emptyFolder()
  const result = await getFiles({ port: server.port, path: '/d', to: folder, parallel: 4 })
  expect(result).toMatchObject({ files: 5, failed: [] })
  expect(await readdir(path.join(folder, 'd'))).toEqual(names)
})

test('cancelling stops the transfers, and no file appears', async () => {
  const controller = new AbortController()
  const server = await startFileServer({ files: { '/file': CONTENT } })
  const folder = await emptyFolder()
  const attempt = getFiles(
    {
      port: server.port,
      path: '/file',
      to: folder,
      onProgress: () => controller.abort(new Error('no longer needed')),
    },
    { signal: controller.signal },
  )
  await expect(attempt).rejects.toThrow('no longer needed')
  expect(await readdir(folder)).not.toContain('file')
})

test('a mirror compares the size alone if the server sends no time, and requests it with MDTM if it can', async () => {
  const files = { '/d/a': 'a', '/d/b': 'b' }
  const server = await startFileServer({
    listings: { '/d': ['type=file;size=1; a', 'type=file;size=1; b'] },
    files,
    script: { MDTM: (socket, name) => socket.write(name === '/d/a' ? '213 20200102030405\r\n' : '550 no time\r\n') },
  })
  const to = path.join(await emptyFolder(), 'copy')
  const request = { port: server.port, path: '/d', to, mirror: true, parallel: 1 }
  await getFiles(request)
  expect((await stat(path.join(to, 'a'))).mtime.toISOString()).toBe('2020-01-02T03:04:05.000Z')
  await writeFile(path.join(to, 'a'), 'x')
  await writeFile(path.join(to, 'b'), 'y')
  expect(await getFiles(request)).toMatchObject({ files: 1, unchanged: 1 })
  expect(await readFile(path.join(to, 'a'), 'utf8')).toBe('a')
})
