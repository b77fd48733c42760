/** The functions of the client, with the server of the suite. */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { type FtpProgress, get, list, makeDirectory, move, put, remove } from '../../../clients/ftp/index.ts'
import { RefusedError, UnreachableError, UsageError } from '../../../shared/errors.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { type EventRecorder, recordEvents, suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { startScriptedServer } from './scripted-server.ts'

const writer = { user: 'alice', password: 'wonderland' }

/** Starts a suite with FTP. */
async function startFtp() {
  const { ftp, dataFolder, trace } = await suiteFor({ services: ['ftp'] })
  const server = { host: ftp.host, port: ftp.port }
  return { server, url: ftp.url, www: path.join(dataFolder, 'www'), trace }
}

test('lists a directory', async () => {
  const { url, server } = await startFtp()
  const listing = await list({ url: `${url}files/` })
  expect(listing).toEqual({
    server,
    path: 'files/',
    entries: [
      { name: 'hello.txt', type: 'file', size: 21, mode: 0o644, modified: expect.stringMatching(/^\d{4}-.*Z$/) },
      { name: 'numbers.txt', type: 'file', size: 3893, mode: 0o644, modified: expect.any(String) },
    ],
  })
  const top = await list({ url })
  expect(top.entries.map(({ name, type }) => `${type} ${name}`)).toEqual(['directory files', 'file index.html'])
})

test('lists one file', async () => {
  const { server } = await startFtp()
  const { entries } = await list({ ...server, path: '/files/hello.txt' })
  expect(entries).toMatchObject([{ name: 'hello.txt', type: 'file', size: 21 }])
})

test('uploads a file, a stream or bytes unchanged', async () => {
  const { server, www } = await startFtp()
  const folder = await emptyFolder()
  const content = randomBytes(1_000_000)
  const local = path.join(folder, 'up.bin')
  await writeFile(local, content)
  const sent = await put({ ...server, ...writer, path: '/files/', from: local })
  expect(sent).toEqual({ server, path: '/files/up.bin', size: content.length, file: local })
  expect((await readFile(path.join(www, 'files/up.bin'))).equals(content)).toBe(true)
  await put({ ...server, ...writer, path: '/stream', from: Readable.from(['from ', 'a stream']) })
  await put({ ...server, ...writer, path: '/memory', from: Buffer.from('from memory') })
  await put({ ...server, ...writer, path: '/nothing', from: Buffer.alloc(0) })
  const received = await get({ ...server, path: '/files/up.bin', to: folder + path.sep })
  expect(received).toEqual({ server, path: '/files/up.bin', size: content.length, file: local })
  expect((await readFile(local)).equals(content)).toBe(true)
  const texts = ['/stream', '/memory', '/nothing'].map(async name => {
    const to = new PassThrough()
    const [text] = await Promise.all([buffer(to), get({ ...server, path: name, to })])
    return String(text)
  })
  expect(await Promise.all(texts)).toEqual(['from a stream', 'from memory', ''])
})

test('transfers files whose names have spaces, quotes and UTF-8', async () => {
  const { server, www } = await startFtp()
  const folder = await emptyFolder()
  for (const name of ['a b', ' leading', '"quoted"', 'ünï – 日本', '100%', '#?']) {
    await put({ ...server, ...writer, path: name, from: Buffer.from(name) })
    expect(await readFile(path.join(www, name), 'utf8')).toBe(name)
    const { file = '' } = await get({ ...server, path: name, to: folder })
    expect(await readFile(file, 'utf8')).toBe(name)
    await remove({ ...server, ...writer, path: name })
  }
  expect(await readdir(www)).toEqual(['files', 'index.html'])
})

test('creates, fills, moves and removes directories', async () => {
  const { server, www } = await startFtp()
  const target = { ...server, ...writer }
  expect(await makeDirectory({ ...target, path: '/files/new' })).toEqual({
    server,
    path: '/files/new',
    created: true,
  })
  const moved = await move({ ...target, path: '/files/hello.txt', to: 'hi.txt' })
  expect(moved).toEqual({ server, path: '/files/hello.txt', to: '/files/hi.txt' })
  await move({ ...target, path: '/files/hi.txt', to: '/files/new/hi.txt' })
  expect(await readdir(path.join(www, 'files/new'))).toEqual(['hi.txt'])
  await expect(remove({ ...target, path: '/files/new/' })).rejects.toThrow('550 The directory is not empty')
  await remove({ ...target, path: '/files/new/hi.txt' })
  await remove({ ...target, path: '/files/new/' })
  expect(await readdir(path.join(www, 'files'))).toEqual(['numbers.txt'])
})

test.for([
  ['a missing file', '/nothing', 550, 'No such file or directory'],
  ['a directory', '/files', 550, 'Not a plain file'],
] as const)('get of %s rejects with the reply of the server, and leaves no file', async ([, name, code, text]) => {
  const { server } = await startFtp()
  const folder = await emptyFolder()
  const attempt = get({ ...server, path: name, to: path.join(folder, 'x') })
  await expect(attempt).rejects.toThrow(RefusedError)
  await expect(attempt).rejects.toMatchObject({ code, text, exitCode: 1 })
  expect(await readdir(folder)).toEqual([])
})

test('rejects with the reply to an anonymous upload or a wrong password', async () => {
  const { server } = await startFtp()
  await expect(makeDirectory({ ...server, path: 'x' })).rejects.toMatchObject({ code: 550 })
  await expect(list({ ...server, user: 'alice', password: 'no' })).rejects.toMatchObject({ code: 530 })
})

test('a closed port is unreachable, and the error names the command to start a server', async () => {
  const { server } = await startFtp()
  // The port of a connection has no listener, and no other program can listen on it meanwhile.
  const { socket } = await Wire.connect(server.port)
  const port = socket.localPort ?? 0
  const attempt = list({ ...server, port })
  await expect(attempt).rejects.toThrow(UnreachableError)
  await expect(attempt).rejects.toThrow(`could not reach 127.0.0.1:${port}: connection refused. Is it running?`)
})

test('connects to the address that locate returns', async () => {
  const { server, trace } = await startFtp()
  const serverEvents = recordEvents(trace)
  const targets: unknown[] = []
  const { entries } = await list(
    { url: 'ftp://ftp.fourwire.test/files' },
    {
      locate: async target => {
        targets.push(target)
        return server
      },
    },
  )
  expect(entries).toHaveLength(2)
  expect(targets).toEqual([
    { service: 'ftp', host: 'ftp.fourwire.test', port: undefined, tls: false, signal: undefined },
  ])
  await serverEvents.until(event => event.kind === 'close' && event.channel === 'data')
})

test('both ends trace one conversation with the same summaries in each channel', async () => {
  const { server, trace } = await startFtp()
  const serverEvents = recordEvents(trace)
  const clientEvents = recordEvents()
  await put({ ...server, ...writer, path: 'new', from: Buffer.from('content') }, { trace: clientEvents.trace })
  await get({ ...server, path: 'new', to: new PassThrough().resume() }, { trace: clientEvents.trace })
  let closes = 0
  await serverEvents.until(event => event.kind === 'close' && event.channel === 'control' && ++closes === 2)
  const summariesOf = (recorder: EventRecorder, channel: string) =>
    recorder
      .of('ftp')
      .filter(event => event.channel === channel && event.kind !== 'state')
      .map(({ summary }) => summary.replace(/\(.+\/s\)$/, '(RATE)'))
  expect(summariesOf(clientEvents, 'control')).toEqual(summariesOf(serverEvents, 'control'))
  expect(summariesOf(clientEvents, 'data')).toEqual(summariesOf(serverEvents, 'data'))
  const conversationsOf = (recorder: EventRecorder) =>
    new Set(recorder.of('ftp').map(({ conversation }) => conversation))
  expect(conversationsOf(clientEvents)).toEqual(conversationsOf(serverEvents))
  expect(conversationsOf(clientEvents).size).toBe(2)
  expect(clientEvents.lines().join()).toContain('transfer request 5 client sent 7 bytes (')
  expect(clientEvents.lines().join()).toContain('transfer response 5 server sent 7 bytes (')
  expect(clientEvents.lines().join()).not.toContain('PASS wonderland')
})

test('reports progress and the total size', async () => {
  const { server } = await startFtp()
  const progress: FtpProgress[] = []
  const onProgress = (event: FtpProgress) => void progress.push(event)
  await get({ ...server, path: '/files/numbers.txt', to: new PassThrough().resume(), onProgress })
  expect(progress.at(-1)).toEqual({ file: '/files/numbers.txt', bytes: 3893, total: 3893 })
  await put({ ...server, ...writer, path: '/x', from: Buffer.alloc(5000), onProgress })
  expect(progress.at(-1)).toEqual({ file: '/x', bytes: 5000, total: 5000 })
})

test.for([
  ['http://host/x', /is not an FTP URL/],
  ['host/x', /is not an FTP URL/],
  ['ftp://host:99999/x', /is not an FTP URL/],
  ['ftp://host/%ff', /is not percent-encoded UTF-8/],
  ['ftp://host/a%0d%0aDELE%20b', /contains a line ending/],
  ['ftp://host/files/', /is a directory/],
  ['ftp://host', /the URL has no path/],
] as const)('get rejects %s', async ([url, message]) => {
  const attempt = get({ url, to: 'x' }, { locate: () => Promise.reject(new Error('must not be called')) })
  await expect(attempt).rejects.toThrow(UsageError)
  await expect(attempt).rejects.toThrow(message)
})

test('rejects unreadable and unwritable local files before it connects', async () => {
  const folder = await emptyFolder()
  await mkdir(path.join(folder, 'd'))
  const options = { locate: () => Promise.reject(new Error('must not be called')) }
  const inFolder = (name: string) => path.join(folder, name)
  await expect(put({ path: '/x', from: inFolder('nope') }, options)).rejects.toThrow(/cannot read .*nope: no such/)
  await expect(put({ path: '/x', from: inFolder('d') }, options)).rejects.toThrow(/it is a folder/)
  await expect(put({ path: '/', from: Buffer.from('') }, options)).rejects.toThrow(/Add a file name/)
  await expect(get({ path: '/x', to: inFolder('nope/x') }, options)).rejects.toThrow(/cannot write .*: no such file/)
  await expect(remove({}, options)).rejects.toThrow(/the URL has no path/)
  await expect(move({ path: '/x', to: '' }, options)).rejects.toThrow(UsageError)
  await expect(move({ path: '/x', to: 'a\r\nb' }, options)).rejects.toThrow(UsageError)
})

test('a stream that fails aborts the upload, and the server keeps no file', async () => {
  const { server, www } = await startFtp()
  const from = Readable.from(
    (async function* () {
      yield 'half'
      throw new Error('the disk is gone')
    })(),
  )
  await expect(put({ ...server, ...writer, path: 'half', from })).rejects.toThrow('the disk is gone')
  const listing = await list({ ...server })
  expect(listing.entries.map(({ name }) => name)).toEqual(['files', 'index.html'])
  expect(await readdir(www)).not.toContain('half')
})

test('does not connect if the signal is already aborted', async () => {
  const server = await startScriptedServer({})
  const attempt = list({ port: server.port }, { signal: AbortSignal.abort(new Error('too late')) })
  await expect(attempt).rejects.toThrow('too late')
  expect(server.received).toEqual([])
})
