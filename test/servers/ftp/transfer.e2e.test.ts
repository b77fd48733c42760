import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'

import path from 'node:path'
import { expect, test } from 'vitest'

import { fetch, ftpSuite, passive, READER, session, store, utf8 } from './sessions.ts'

test('sends a file: 150, its bytes, 226', async () => {
  const { port } = await ftpSuite()
  const wire = await session(port, READER)
  const data = await passive(wire)
  await wire.play(`
    C: RETR files/hello.txt
    S: 150 Data connection for /files/hello.txt (21 bytes)
    S: 226 Transfer complete
  `)
  expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
})

test('a complete upload is on disk under its name before the reply 226', async () => {
  const { port, www, names } = await ftpSuite()
  const wire = await session(port)
  const content = randomBytes(3_000_000)
  await store(wire, 'STOR files/big.bin', content)
  expect((await readFile(path.join(www, 'files/big.bin'))).equals(content)).toBe(true)
  expect(await names('files')).toEqual(['big.bin', 'hello.txt', 'numbers.txt'])
  expect(await fetch(wire, 'RETR files/big.bin')).toBe(content.toString('latin1'))
})

test('REST resumes a transfer in either direction', async () => {
  const { port, read } = await ftpSuite()
  const wire = await session(port)
  await wire.play('C: REST 11\nS: 350 *')
  expect(await fetch(wire, 'RETR files/hello.txt')).toBe('Fourwire.\n')
  expect(await fetch(wire, 'RETR files/hello.txt')).toBe('Hello from Fourwire.\n')
  await wire.play('C: REST 6\nS: 350 *')
  await store(wire, 'STOR files/hello.txt', 'again.')
  expect(await read('files/hello.txt')).toBe('Hello again.')
  await store(wire, 'APPE files/hello.txt', '..')
  expect(await read('files/hello.txt')).toBe('Hello again...')
  await store(wire, 'APPE files/new.txt', 'new')
  expect(await read('files/new.txt')).toBe('new')
  await wire.play('C: REST 100\nS: 350 *\nC: RETR files/new.txt\nS: 554 *')
  await wire.play('C: REST 100\nS: 350 *\nC: STOR files/new.txt\nS: 554 *')
  await wire.play('C: TYPE A\nS: 200 *\nC: REST 1\nS: 350 *\nC: RETR files/new.txt\nS: 504 *')
  expect(await read('files/new.txt')).toBe('new')
})

test('in ASCII type lines end with CRLF on the wire and LF on disk', async () => {
  const { port, read } = await ftpSuite()
  const wire = await session(port)
  await wire.play('C: TYPE A\nS: 200 *')
  expect(await fetch(wire, 'RETR files/hello.txt')).toBe('Hello from Fourwire.\r\n')
  await store(wire, 'STOR files/text.txt', 'one\r\ntwo\rthree\r\n\r')
  expect(await read('files/text.txt')).toBe('one\ntwo\rthree\n\r')
})

test('lists for people (LIST), for programs (MLSD) and names only (NLST)', async () => {
  const { port, www } = await ftpSuite()
  await writeFile(path.join(www, 'line\nend'), '')
  const wire = await session(port)
  await wire.play('C: MKD empty\nS: 257 *')
  expect(await fetch(wire, 'LIST -al files')).toMatch(
    /^-rw-r--r-- {3}1 ftp {6}ftp {12}21 \w{3} [ \d]\d \d\d:\d\d hello\.txt\r\n-rw.* 3893 .* numbers\.txt\r\n$/,
  )
  expect(await fetch(wire, 'LIST')).toMatch(/^drwx.* empty\r\ndrwx.* files\r\n-rw-.* index\.html\r\n$/)
  expect(await fetch(wire, 'LIST empty')).toBe('')
  expect(await fetch(wire, 'NLST')).toBe('empty\r\nfiles\r\nindex.html\r\n')
  expect(await fetch(wire, 'NLST files/')).toBe('files/hello.txt\r\nfiles/numbers.txt\r\n')
  expect(await fetch(wire, 'NLST files/*.t?t')).toBe('files/hello.txt\r\nfiles/numbers.txt\r\n')
  expect(await fetch(wire, 'NLST files/h*')).toBe('files/hello.txt\r\n')
  expect(await fetch(wire, 'MLSD files')).toMatch(
    /^type=file;size=21;modify=\d{14};perm=adfrw; hello\.txt\r\ntype=file;size=3893;.* numbers\.txt\r\n$/,
  )
  expect(await fetch(wire, 'MLSD')).toContain('type=dir;modify=')
  await wire.play('C: MLSD index.html\nS: 501 *\nC: LIST nothing\nS: 550 *\nC: STAT nothing\nS: 550 *')
})

test('transfers a file whose name has UTF-8, spaces and quotes', async () => {
  const { port, read } = await ftpSuite()
  const wire = await session(port)
  const name = 'ünï "quoted" – 日本 .txt'
  await store(wire, utf8(`STOR ${name}`), 'content')
  expect(await read(name)).toBe('content')
  expect(await fetch(wire, utf8(`NLST ${name}`))).toBe(utf8(`${name}\r\n`))
  expect(await fetch(wire, utf8(`RETR ${name}`))).toBe('content')
})

test('two sessions download different files at the same time', async () => {
  const { port, www } = await ftpSuite()
  const contents = [randomBytes(500_000), randomBytes(500_000)]
  await Promise.all(contents.map((content, index) => writeFile(path.join(www, `${index}`), content)))
  const got = await Promise.all(contents.map(async (_, index) => fetch(await session(port), `RETR ${index}`)))
  expect(got).toEqual(contents.map(content => content.toString('latin1')))
})
