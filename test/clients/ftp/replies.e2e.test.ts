import { readdir, readFile, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { get, list, tree } from '../../../clients/ftp/index.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { listen, startScriptedServer } from './scripted-server.ts'

test('an interrupted download leaves the existing file and no temporary file', async () => {
  const port = await listen(socket => {
    socket.write('half')
    socket.on('data', () => {})
    onConnection(socket)
  })
  let onConnection: (socket: Socket) => void = () => {}
  const data = new Promise<Socket>(resolve => {
    onConnection = resolve
  })
  const server = await startScriptedServer({
    EPSV: `229 here (|||${port}|)`,
    RETR: socket => {
      socket.write('150 opening\r\n')
      void data.then(dataSocket => {
        dataSocket.end()
        socket.write('426 broken\r\n')
      })
    },
  })
  const folder = await emptyFolder()
  await writeFile(path.join(folder, 'x'), 'old')
  const attempt = get({ host: '127.0.0.1', port: server.port, path: 'x', to: folder })
  await expect(attempt).rejects.toMatchObject({ code: 426, text: 'broken' })
  expect(await readdir(folder)).toEqual(['x'])
  expect(await readFile(path.join(folder, 'x'), 'utf8')).toBe('old')
})

test('a cancelled transfer leaves no file', async () => {
  const controller = new AbortController()
  const port = await listen(socket => {
    socket.write('half')
    controller.abort(new Error('no longer needed'))
  })
  const server = await startScriptedServer({ EPSV: `229 here (|||${port}|)`, RETR: '150 opening' })
  const folder = await emptyFolder()
  const attempt = get({ port: server.port, path: 'x', to: folder }, { signal: controller.signal })
  await expect(attempt).rejects.toThrow('no longer needed')
  expect(await readdir(folder)).toEqual([])
})

test.for(['', 'USER', 'EPSV', 'RETR'])('times out if the server does not reply to %o', async verb => {
  const data = await listen(() => {})
  const server = await startScriptedServer({ EPSV: `229 here (|||${data}|)`, RETR: '150 opening', [verb]: '' })
  const attempt = get({ port: server.port, path: 'x', to: new PassThrough() }, { timeout: 500 })
  await expect(attempt).rejects.toThrow('the FTP server failed: it did not answer in time')
})

test('rejects if the server closes the connection without a reply', async () => {
  const server = await startScriptedServer({ '': socket => socket.end() })
  await expect(list({ port: server.port })).rejects.toThrow(/^the FTP server failed: Server .*unexpectedly/)
})

test('rejects with the 421 that a server sends instead of a greeting', async () => {
  const server = await startScriptedServer({ '': '421-Sorry\r\n421 too many' })
  await expect(list({ port: server.port })).rejects.toMatchObject({ code: 421, text: 'Sorry too many' })
})

test('reads a reply that arrives byte by byte', async () => {
  const sendSlowly = (socket: Socket, text: string) => {
    if (text === '') return
    socket.write(text.slice(0, 1), () => setImmediate(() => sendSlowly(socket, text.slice(1))))
  }
  const data = await listen(socket => socket.end('content'))
  const server = await startScriptedServer({
    SIZE: socket => sendSlowly(socket.setNoDelay(true), '213 1234567\r\n'),
    EPSV: `229 here (|||${data}|)`,
    RETR: '150 opening\r\n226 done',
  })
  const totals: unknown[] = []
  const to = new PassThrough().resume()
  await get({ port: server.port, path: 'x', to, onProgress: ({ total }) => totals.push(total) })
  expect(totals).toEqual([1234567])
})

test('falls back to PASV once per session, and ignores the host in the reply', async () => {
  const port = await listen(socket => socket.end('content'))
  const server = await startScriptedServer({
    PASV: `227 there (10,1,2,3,${port >> 8},${port & 255})`,
    RETR: '150 opening\r\n226 done',
  })
  const to = new PassThrough()
  await Promise.all([buffer(to), get({ port: server.port, path: 'x', to })])
  expect(server.received).toEqual(['USER anonymous', 'PASS fourwire@', 'TYPE I', 'EPSV', 'PASV', 'RETR x', 'QUIT'])
})

test.for([
  ['EPSV', '229 nonsense'],
  ['EPSV', '229 zero (|||0|)'],
  ['PASV', '227 (1,2,3)'],
] as const)('rejects a reply to %s without a port, and quotes it: %s', async ([verb, reply]) => {
  const server = await startScriptedServer({ [verb]: reply })
  const attempt = get({ port: server.port, path: 'x', to: new PassThrough() })
  await expect(attempt).rejects.toThrow(`the server sent no port for the data connection: ${reply}`)
})

test('rejects if the data connection fails', async () => {
  const port = await listen(() => {})
  const server = await startScriptedServer({ EPSV: `229 here (|||${port}|)`, RETR: '425 no data connection' })
  await expect(get({ port: server.port, path: 'x', to: new PassThrough() })).rejects.toMatchObject({ code: 425 })
})

test('reads the LIST format of a server without MLSD', async () => {
  const port = await listen(socket => socket.end('-rw-r--r-- 1 a b 21 Nov  2 2020 hello.txt\r\n'))
  const server = await startScriptedServer({ EPSV: `229 here (|||${port}|)`, LIST: '150 x\r\n226 x' })
  const { entries } = await list({ port: server.port })
  expect(entries).toEqual([
    { name: 'hello.txt', type: 'file', size: 21, shownTime: 'Nov  2 2020', mode: 0o644, owner: 'a', group: 'b' },
  ])
})

test.for([
  [
    'a file: MLSD lists directories only',
    'f',
    '250-x\r\n type=file;size=3;modify=20200102030405; f\r\n250 x',
    undefined,
  ],
  ['a missing file', 'f', '550 no such file', 550],
  ['a directory that MLSD refuses', 'd', '250-x\r\n type=dir; d\r\n250 x', 501],
] as const)('after a refused MLSD, %s is not listed with LIST', async ([, path, facts, code]) => {
  const server = await startScriptedServer({
    FEAT: '211-x\r\n MLST type*;size*;modify*;\r\n211 x',
    EPSV: `229 here (|||${await listen(socket => socket.end())}|)`,
    MLSD: '501 not a directory',
    MLST: facts,
  })
  const listing = list({ port: server.port, path })
  if (code) await expect(listing).rejects.toMatchObject({ code })
  else {
    const { entries } = await listing
    expect(entries).toEqual([{ name: 'f', type: 'file', size: 3, modified: '2020-01-02T03:04:05.000Z' }])
  }
  expect(server.received.join('\n')).not.toContain('LIST')
})

test('a missing directory that a server without MLSD lists as empty is an error', async () => {
  const server = await startScriptedServer({
    EPSV: `229 here (|||${await listen(socket => socket.end())}|)`,
    LIST: '150 x\r\n226 x',
    SIZE: '550 no such file',
    PWD: '257 "/"',
    CWD: (socket, path) => socket.write(path === 'missing' ? '550 no such directory\r\n' : '250 fine\r\n'),
  })
  await expect(list({ port: server.port, path: 'missing' })).rejects.toMatchObject({ code: 550 })
  await expect(tree({ port: server.port, path: 'missing' })).rejects.toMatchObject({ code: 550 })
  expect((await list({ port: server.port, path: 'empty' })).entries).toEqual([])
  expect((await tree({ port: server.port, path: 'empty' })).entries).toEqual([])
})
