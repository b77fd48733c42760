import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Wire } from '../../helpers/wire.ts'
import { ANONYMOUS_LOGIN, download, ftpSuite, openDataConnection, openSession, upload, utf8 } from './sessions.ts'

test('sends a file between the replies 150 and 226', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  const data = await openDataConnection(wire)
  await wire.play(`
    C: RETR files/hello.txt
    S: 150 Data connection for /files/hello.txt (21 bytes)
    S: 226 Transfer complete
  `)
  expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
})

test('a complete upload is on disk under its name before the reply 226', async () => {
  const { port, www, names } = await ftpSuite()
  const wire = await openSession(port)
  const content = randomBytes(3_000_000)
  await upload(wire, 'STOR files/big.bin', content)
  expect((await readFile(path.join(www, 'files/big.bin'))).equals(content)).toBe(true)
  expect(await names('files')).toEqual(['big.bin', 'hello.txt', 'numbers.txt'])
  expect(await download(wire, 'RETR files/big.bin')).toBe(content.toString('latin1'))
})

test('REST resumes a transfer in either direction', async () => {
  const { port, read } = await ftpSuite()
  const wire = await openSession(port)
  await wire.play('C: REST 11\nS: 350 *')
  expect(await download(wire, 'RETR files/hello.txt')).toBe('Fourwire.\n')
  expect(await download(wire, 'RETR files/hello.txt')).toBe('Hello from Fourwire.\n')
  await wire.play('C: REST 6\nS: 350 *')
  await upload(wire, 'STOR files/hello.txt', 'again.')
  expect(await read('files/hello.txt')).toBe('Hello again.')
  await upload(wire, 'APPE files/hello.txt', '..')
  expect(await read('files/hello.txt')).toBe('Hello again...')
  await upload(wire, 'APPE files/new.txt', 'new')
  expect(await read('files/new.txt')).toBe('new')
  await wire.play('C: REST 100\nS: 350 *\nC: RETR files/new.txt\nS: 554 *')
  await wire.play('C: REST 100\nS: 350 *\nC: STOR files/new.txt\nS: 554 *')
  await wire.play('C: TYPE A\nS: 200 *\nC: REST 1\nS: 350 *\nC: RETR files/new.txt\nS: 504 *')
  expect(await read('files/new.txt')).toBe('new')
})

test.each([
  ['an APPE', (wire: Wire) => upload(wire, 'APPE files/other.txt', 'x')],
  ['a listing', (wire: Wire) => download(wire, 'NLST')],
  ['a command that is no transfer', (wire: Wire) => wire.play('C: NOOP\nS: 200 *')],
  ['a change of the type', (wire: Wire) => wire.play('C: TYPE I\nS: 200 *')],
  ['an unknown command', (wire: Wire) => wire.play('C: NONE\nS: 500 *')],
  ['another REST that is refused', (wire: Wire) => wire.play('C: REST x\nS: 501 *')],
  ['a RETR that is refused', (wire: Wire) => wire.play('C: RETR missing\nS: 550 *')],
])('%s after REST ends its effect (RFC 3659, section 5.3)', async (_title, interrupt) => {
  const { port, read } = await ftpSuite()
  const wire = await openSession(port)
  await wire.play('C: REST 5\nS: 350 *')
  await interrupt(wire)
  expect(await download(wire, 'RETR files/hello.txt')).toBe('Hello from Fourwire.\n')
  await wire.play('C: REST 5\nS: 350 *')
  await interrupt(wire)
  await upload(wire, 'STOR files/hello.txt', 'new')
  expect(await read('files/hello.txt')).toBe('new')
})

test('a STOR that the account may not send ends the effect of REST', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  await wire.play('C: REST 5\nS: 350 *\nC: STOR x\nS: 550 This account may only read')
  expect(await download(wire, 'RETR files/hello.txt')).toBe('Hello from Fourwire.\n')
})

test.each(['PASV', 'PORT 127,0,0,1,200,200', 'EPRT |1|127.0.0.1|51400|'])(
  '%s keeps the offset of REST: it sets up the data connection of the transfer',
  async command => {
    const { port } = await ftpSuite()
    const wire = await openSession(port)
    await wire.play(`C: REST 11\nS: 350 *\nC: ${command}\nS: 2*`)
    expect(await download(wire, 'RETR files/hello.txt')).toBe('Fourwire.\n')
  },
)

test('RNFR is forgotten after any command but RNTO (RFC 959, section 4.1.3)', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port)
  for (const between of ['NOOP', 'NONE', 'RNFR missing']) {
    await wire.play(`C: RNFR files/hello.txt\nS: 350 *\nC: ${between}\nS: *\nC: RNTO files/x\nS: 503 *`)
  }
})

test('in ASCII type lines end with CRLF on the wire and LF on disk', async () => {
  const { port, read } = await ftpSuite()
  const wire = await openSession(port)
  await wire.play('C: TYPE A\nS: 200 *')
  expect(await download(wire, 'RETR files/hello.txt')).toBe('Hello from Fourwire.\r\n')
  await upload(wire, 'STOR files/text.txt', 'one\r\ntwo\rthree\r\n\r')
  expect(await read('files/text.txt')).toBe('one\ntwo\rthree\n\r')
})

test('LIST has the format of ls, MLSD that of RFC 3659, and NLST only names', async () => {
  const { port, www } = await ftpSuite()
  await writeFile(path.join(www, 'line\nend'), '')
  const wire = await openSession(port)
  await wire.play('C: MKD empty\nS: 257 *')
  expect(await download(wire, 'LIST -al files')).toMatch(
    /^-rw-r--r-- {3}1 ftp {6}ftp {12}21 \w{3} [ \d]\d \d\d:\d\d hello\.txt\r\n-rw.* 3893 .* numbers\.txt\r\n$/,
  )
  expect(await download(wire, 'LIST')).toMatch(/^drwx.* empty\r\ndrwx.* files\r\n-rw-.* index\.html\r\n$/)
  expect(await download(wire, 'LIST empty')).toBe('')
  expect(await download(wire, 'NLST')).toBe('empty\r\nfiles\r\nindex.html\r\n')
  expect(await download(wire, 'NLST files/')).toBe('files/hello.txt\r\nfiles/numbers.txt\r\n')
  expect(await download(wire, 'NLST files/*.t?t')).toBe('files/hello.txt\r\nfiles/numbers.txt\r\n')
  expect(await download(wire, 'NLST files/h*')).toBe('files/hello.txt\r\n')
  expect(await download(wire, 'MLSD files')).toMatch(
    /^type=file;size=21;modify=\d{14};perm=adfrw;unique=\w+;unix\.mode=0644; hello\.txt\r\ntype=file;size=3893;.* numbers\.txt\r\n$/,
  )
  expect(await download(wire, 'MLSD')).toContain('type=dir;modify=')
  await wire.play('C: MLSD index.html\nS: 501 *\nC: LIST nothing\nS: 550 *\nC: STAT nothing\nS: 550 *')
})

test('transfers a file whose name has UTF-8, spaces and quotes', async () => {
  const { port, read } = await ftpSuite()
  const wire = await openSession(port)
  const name = 'ünï "quoted" – 日本 .txt'
  await upload(wire, utf8(`STOR ${name}`), 'content')
  expect(await read(name)).toBe('content')
  expect(await download(wire, utf8(`NLST ${name}`))).toBe(utf8(`${name}\r\n`))
  expect(await download(wire, utf8(`RETR ${name}`))).toBe('content')
})

test('two sessions download different files at the same time', async () => {
  const { port, www } = await ftpSuite()
  const contents = [randomBytes(500_000), randomBytes(500_000)]
  await Promise.all(contents.map((content, index) => writeFile(path.join(www, `${index}`), content)))
  const received = await Promise.all(
    contents.map(async (_, index) => download(await openSession(port), `RETR ${index}`)),
  )
  expect(received).toEqual(contents.map(content => content.toString('latin1')))
})
