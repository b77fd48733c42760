import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import {
  ask,
  dataFolder,
  fetch,
  freePort,
  ftpSuite,
  listening,
  passive,
  passivePort,
  READER,
  session,
  store,
  utf8,
} from './sessions.ts'

/** More than any socket buffers, so that its transfer stands still when nobody reads. */
const HUGE = 64 * 1024 * 1024

test('a file is fetched: 150, its bytes, 226', async () => {
  const { port } = await ftpSuite()
  const wire = await session(port, READER)
  const data = await passive(wire)
  await wire.play(`
    C: RETR files/hello.txt
    S: 150 Data connection for /files/hello.txt (21 bytes)
    S: 226 Transfer complete
  `)
  expect(await data.rest()).toBe('Hello from Fourwire.\n')
})

test('PASV gives the address of the control connection, and any transfer works over it', async () => {
  const { port } = await ftpSuite()
  const wire = await session(port, READER)
  const [, high, low] = /^227 .*\(127,0,0,1,(\d+),(\d+)\)$/.exec(await ask(wire, 'PASV')) ?? []
  const data = await Wire.connect(Number(high) * 256 + Number(low))
  await wire.play('C: RETR files/hello.txt\nS: 150 *\nS: 226 *')
  expect(await data.rest()).toBe('Hello from Fourwire.\n')
})

test('what was sent is on disk, whole and under its name, when the client is told so', async () => {
  const { port, www, names } = await ftpSuite()
  const wire = await session(port)
  const content = randomBytes(3_000_000)
  await store(wire, 'STOR files/big.bin', content)
  expect((await readFile(path.join(www, 'files/big.bin'))).equals(content)).toBe(true)
  expect(await names('files')).toEqual(['big.bin', 'hello.txt', 'numbers.txt'])
  expect(await fetch(wire, 'RETR files/big.bin')).toBe(content.toString('latin1'))
})

test('nobody sees half a file: until it is complete the old one is there, and no other', async () => {
  const { port, read } = await ftpSuite()
  const wire = await session(port)
  const other = await session(port)
  const data = await passive(wire)
  await wire.play('C: STOR files/hello.txt\nS: 150 *')
  data.send('new')
  expect(await read('files/hello.txt')).toBe('Hello from Fourwire.\n')
  expect(await fetch(other, 'NLST files')).toBe('files/hello.txt\r\nfiles/numbers.txt\r\n')
  expect(await fetch(other, 'MLSD files')).not.toContain('upload')
  data.socket.end()
  await wire.play('S: 226 *')
  expect(await read('files/hello.txt')).toBe('new')
})

test('an upload under way cannot be reached by its hidden name', async () => {
  const { port, names } = await ftpSuite()
  const wire = await session(port)
  const data = await passive(wire)
  await wire.play('C: STOR new.txt\nS: 150 *')
  const hidden = (await names()).find(name => name.startsWith('.fourwire-upload-'))
  const other = await session(port)
  for (const command of ['SIZE', 'MDTM', 'DELE', 'RNFR', 'MLST']) {
    expect(await ask(other, `${command} ${hidden}`)).toMatch(/^550 /)
  }
  data.socket.end()
  await wire.play('S: 226 *')
  expect(await names()).toEqual(['files', 'index.html', 'new.txt'])
})

test('HTTP sees the file when it is whole, at once, and nothing of it before', async () => {
  const { ftp, http, dataFolder } = await suiteFor({ services: ['http', 'ftp'] })
  const wire = await session(ftp.port)
  const data = await passive(wire)
  await wire.play('C: STOR files/new.txt\nS: 150 *')
  data.send('half')
  const hidden = (await readdir(path.join(dataFolder, 'www/files'))).find(name => name.startsWith('.')) ?? '(none)'
  const get = (name: string) => globalThis.fetch(`${http.url}files/${name}`)
  expect([(await get('new.txt')).status, (await get(hidden)).status]).toEqual([404, 404])
  expect(await (await get('')).text()).not.toContain('upload')
  data.socket.end(' and half')
  await wire.play('S: 226 *')
  expect(await (await get('new.txt')).text()).toBe('half and half')
})

test('an upload whose data connection breaks leaves nothing', async () => {
  const { port, names } = await ftpSuite()
  const wire = await session(port)
  const data = await passive(wire)
  await wire.play('C: STOR files/half.txt\nS: 150 *')
  data.send('half')
  data.socket.resetAndDestroy()
  await wire.play('S: 426 *\nC: NOOP\nS: 200 OK')
  expect(await names('files')).toEqual(['hello.txt', 'numbers.txt'])
})

test('an upload whose client goes away leaves nothing, though its data connection was closed in good order', async () => {
  const data = await dataFolder()
  const { suite, port } = await ftpSuite({ data })
  const wire = await session(port)
  const dataWire = await passive(wire)
  await wire.play('C: STOR files/half.txt\nS: 150 *')
  dataWire.send('half')
  wire.socket.destroy()
  dataWire.socket.end()
  await suite.close()
  expect(await readdir(path.join(data, 'www/files'))).toEqual(['hello.txt', 'numbers.txt'])
})

test('closing waits for a transfer under way, and then says goodbye', async () => {
  const data = await dataFolder()
  const { suite, port } = await ftpSuite({ data })
  const idle = await session(port)
  const wire = await session(port)
  const dataWire = await passive(wire)
  await wire.play('C: STOR files/last.txt\nS: 150 *')
  dataWire.send('the ')
  const closed = suite.close()
  await idle.play('S: 421 The server is closing\nS: (closed)')
  dataWire.send('last')
  dataWire.socket.end()
  await wire.play('S: 226 *\nS: 421 The server is closing\nS: (closed)')
  await closed
  expect(await readFile(path.join(data, 'www/files/last.txt'), 'latin1')).toBe('the last')
})

test('closing breaks off what does not end within the drain time, and nothing of it is left', async () => {
  const data = await dataFolder()
  const { suite, port } = await ftpSuite({ data, drainTime: 0 })
  const up = await session(port)
  const upData = await passive(up)
  await up.play('C: STOR files/half.txt\nS: 150 *')
  upData.send('half')
  await writeFile(path.join(data, 'www/huge'), '')
  await truncate(path.join(data, 'www/huge'), HUGE)
  const down = await session(port)
  const downData = connect(await passivePort(down), '127.0.0.1')
  onTestFinished(() => {
    downData.destroy()
  })
  await down.play('C: RETR huge\nS: 150 *')
  await suite.close()
  await up.play('S: 426 Transfer aborted\nS: 421 The server is closing\nS: (closed)')
  expect(await readdir(path.join(data, 'www/files'))).toEqual(['hello.txt', 'numbers.txt'])
})

test('ABOR ends a transfer: 426, then 226; and the session goes on', async () => {
  const { port, www } = await ftpSuite()
  await writeFile(path.join(www, 'huge'), '')
  await truncate(path.join(www, 'huge'), HUGE)
  const wire = await session(port)
  const data = connect(await passivePort(wire), '127.0.0.1')
  data.on('error', () => {})
  await wire.play(`
    C: RETR huge
    S: 150 Data connection for /huge (67108864 bytes)
    C: STAT
    S: 211 /huge (67108864 bytes): * bytes moved
    C: ABOR
    S: 426 Transfer aborted
    S: 226 No transfer is under way now
    C: NOOP
    S: 200 OK
  `)
  data.destroy()
})

test("ABOR with Telnet's signals, and without its LF, as urgent data brings it", async () => {
  const { port, names } = await ftpSuite()
  const wire = await session(port)
  await passive(wire)
  await wire.play('C: STOR files/half.txt\nS: 150 *')
  wire.send('\u00ff\u00f4\u00ff\u00f2ABOR\r')
  await wire.play('S: 426 *\nS: 226 *\nC: NOOP\nS: 200 OK')
  expect(await names('files')).toEqual(['hello.txt', 'numbers.txt'])
})

test('ABOR ends the wait for a data connection', async () => {
  const { port } = await ftpSuite()
  const wire = await session(port)
  await passivePort(wire)
  await wire.play('C: RETR index.html\nS: 150 *\nC: ABOR\nS: 426 *\nS: 226 *')
})

test('a transfer without a data connection is refused, and one that does not come is given up', async () => {
  const { port } = await ftpSuite({ ftp: { dataTimeout: 0.05 } })
  const wire = await session(port)
  await wire.play('C: RETR index.html\nS: 425 Say where to first, with PASV, EPSV, PORT or EPRT')
  await passivePort(wire)
  await wire.play('C: RETR index.html\nS: 150 *\nS: 425 No data connection came')
  await wire.play('C: STOR x\nS: 425 *\nC: NOOP\nS: 200 OK')
})

test('a data connection that stands still is given up, and the idle time does not run meanwhile', async () => {
  const { port } = await ftpSuite({ ftp: { dataTimeout: 0.3, idleTimeout: 0.15 } })
  const wire = await session(port)
  const data = await passive(wire)
  await wire.play('C: STOR x\nS: 150 *\nS: 426 *')
  await data.rest()
  await wire.play('S: 421 Idle *\nS: (closed)')
})

test('a data connection serves one transfer', async () => {
  const { port } = await ftpSuite()
  const wire = await session(port)
  const data = await passive(wire)
  await wire.play('C: RETR nothing\nS: 550 *\nC: RETR index.html\nS: 425 *')
  expect(await data.rest()).toBe('')
})

test('a stranger at the passive port is turned away, and the session goes on', async () => {
  const { port } = await ftpSuite()
  const wire = await session(port, READER)
  const dataPort = await passivePort(wire)
  const stranger = connect({ port: dataPort, host: '127.0.0.1', localAddress: '127.0.0.2' })
  stranger.on('error', () => {})
  await once(stranger.resume(), 'close')
  const data = await Wire.connect(dataPort)
  await wire.play('C: RETR files/hello.txt\nS: 150 *\nS: 226 *')
  expect(await data.rest()).toBe('Hello from Fourwire.\n')
})

test('passive ports come from the range, and are given back after every use', async () => {
  const only = await freePort()
  const { port } = await ftpSuite({ ftp: { passivePorts: `${only}-${only}` } })
  const wire = await session(port, READER)
  for (let round = 0; round < 3; round++) expect(await passivePort(wire)).toBe(only)
  for (let round = 0; round < 3; round++) expect(await fetch(wire, 'RETR files/hello.txt')).toMatch(/^Hello/)
  expect(await passivePort(wire)).toBe(only)
  const other = await session(port, READER)
  expect(await ask(other, 'PASV')).toBe('425 No port is free for a data connection; try again later')
  await wire.play('C: QUIT\nS: 221 *\nS: (closed)')
  expect(await fetch(other, 'RETR files/hello.txt')).toMatch(/^Hello/)
})

test('a port of the range that another program has is passed over', async () => {
  const taken = await listening()
  const { port } = await ftpSuite({ ftp: { passivePorts: `${taken.port}-${taken.port}` } })
  const wire = await session(port, READER)
  expect(await ask(wire, 'EPSV')).toMatch(/^425 /)
})

test('active mode connects to the port that the client named', async () => {
  const { port } = await ftpSuite()
  const wire = await session(port, READER)
  for (const command of ['PORT', 'EPRT']) {
    const here = await listening()
    const arrived = once(here.server, 'connection')
    const address = command === 'PORT' ? here.address : `|1|127.0.0.1|${here.port}|`
    expect(await ask(wire, `${command} ${address}`)).toMatch(/^200 /)
    await wire.play('C: RETR files/hello.txt\nS: 150 *')
    const [socket] = await arrived
    let content = ''
    for await (const bytes of socket) content += bytes
    expect(content).toBe('Hello from Fourwire.\n')
    await wire.play('S: 226 *')
  }
})

test.for([
  ['PORT 127,0,0,2,200,10', '504 That address is not yours'],
  ['PORT 10,0,0,1,200,10', '504 That address is not yours'],
  ['PORT 127,0,0,1,0,25', '504 Ports below 1024 are refused'],
  ['PORT 127,0,0,1,256,1', '501 PORT needs h1,h2,h3,h4,p1,p2'],
  ['PORT nonsense', '501 PORT needs h1,h2,h3,h4,p1,p2'],
  ['EPRT |1|127.0.0.2|50000|', '504 That address is not yours'],
  ['EPRT |1|127.0.0.1|25|', '504 Ports below 1024 are refused'],
  ['EPRT |2|::1|50000|', '522 Network protocol not supported, use (1)'],
  ['EPRT |3|127.0.0.1|50000|', '522 Network protocol not supported, use (1)'],
  ['EPRT nonsense', '501 EPRT needs |family|address|port|'],
] as const)('no bounce: %s is answered with %s', async ([command, answer]) => {
  const { port } = await ftpSuite()
  const wire = await session(port, READER)
  expect(await ask(wire, command)).toBe(answer)
})

test('a client that does not listen where it said is told 425', async () => {
  const { port } = await ftpSuite()
  const wire = await session(port, READER)
  const nobody = await freePort()
  await wire.play(`
    C: EPRT |1|127.0.0.1|${nobody}|
    S: 200 *
    C: RETR index.html
    S: 150 *
    S: 425 Could not connect to the address given
  `)
})

test('after EPSV ALL nothing else makes a data connection', async () => {
  const { port } = await ftpSuite()
  const wire = await session(port, READER)
  await wire.play(`
    C: EPSV ALL
    S: 200 *
    C: PASV
    S: 503 *
    C: PORT 127,0,0,1,200,10
    S: 503 *
    C: EPSV
    S: 229 *
  `)
})

test('over IPv6, a file comes by EPSV and by EPRT', async () => {
  const { port } = await ftpSuite({ host: '::1' })
  const wire = await session(port, READER, '::1')
  const data = await passive(wire, '::1')
  await wire.play('C: RETR files/hello.txt\nS: 150 *\nS: 226 *')
  expect(await data.rest()).toBe('Hello from Fourwire.\n')
  await wire.play('C: EPRT |2|0:0:0:0:0:0:0:1|50000|\nS: 200 *')
})

test('REST goes on where a transfer broke off, both ways', async () => {
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

test('in ASCII type the ends of lines are CRLF on the wire and LF on disk', async () => {
  const { port, read } = await ftpSuite()
  const wire = await session(port)
  await wire.play('C: TYPE A\nS: 200 *')
  expect(await fetch(wire, 'RETR files/hello.txt')).toBe('Hello from Fourwire.\r\n')
  await store(wire, 'STOR files/text.txt', 'one\r\ntwo\rthree\r\n\r')
  expect(await read('files/text.txt')).toBe('one\ntwo\rthree\n\r')
})

test('listings: for people, for programs, and names alone', async () => {
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

test.for([
  'RETR ../../../../etc/passwd',
  'RETR /../../../etc/passwd',
  'SIZE ../running',
  'RETR out/secret.txt',
  'RETR secret-link.txt',
  'LIST out',
  'NLST out/',
  'MLST out',
  'CWD out',
  'MKD out/x',
  'DELE out/secret.txt',
  'RMD out',
  'STOR out/new.txt',
  'APPE secret-link.txt',
  'STOR secret-link.txt',
  'RNFR out/secret.txt',
])('%s does not lead out of the tree', async command => {
  const outside = await dataFolder()
  await writeFile(path.join(outside, 'secret.txt'), 'secret')
  const { port, www } = await ftpSuite()
  await symlink(outside, path.join(www, 'out'))
  await symlink(path.join(outside, 'secret.txt'), path.join(www, 'secret-link.txt'))
  const wire = await session(port)
  await passivePort(wire)
  expect(await ask(wire, command)).toMatch(/^550 (That lies outside the served folder|No such file or directory)$/)
  expect(await readdir(outside)).toEqual(['secret.txt'])
  expect(await readFile(path.join(outside, 'secret.txt'), 'utf8')).toBe('secret')
})

test('".." at the top stays there, and a link out is in no listing', async () => {
  const { port, www } = await ftpSuite()
  await symlink(os.tmpdir(), path.join(www, 'out'))
  await symlink('files/hello.txt', path.join(www, 'in.txt'))
  const wire = await session(port)
  await wire.play(`
    C: CWD ../../..
    S: 250 "/"
    C: RNFR files/hello.txt
    S: 350 *
    C: RNTO out/hello.txt
    S: 550 That lies outside the served folder
  `)
  expect(await fetch(wire, 'NLST')).toBe('files\r\nin.txt\r\nindex.html\r\n')
  expect(await fetch(wire, 'RETR in.txt')).toBe('Hello from Fourwire.\n')
})

test('a name in UTF-8, with spaces and quotes, comes and goes', async () => {
  const { port, read } = await ftpSuite()
  const wire = await session(port)
  const name = 'ünï "quoted" – 日本 .txt'
  await store(wire, utf8(`STOR ${name}`), 'content')
  expect(await read(name)).toBe('content')
  expect(await fetch(wire, utf8(`NLST ${name}`))).toBe(utf8(`${name}\r\n`))
  expect(await fetch(wire, utf8(`RETR ${name}`))).toBe('content')
})

test('two sessions that fetch at once get each its own', async () => {
  const { port, www } = await ftpSuite()
  const contents = [randomBytes(500_000), randomBytes(500_000)]
  await Promise.all(contents.map((content, index) => writeFile(path.join(www, `${index}`), content)))
  const got = await Promise.all(contents.map(async (_, index) => fetch(await session(port), `RETR ${index}`)))
  expect(got).toEqual(contents.map(content => content.toString('latin1')))
})
