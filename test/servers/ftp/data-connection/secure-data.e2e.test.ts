/** Data connections over TLS. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { ClosureCheck } from '../../../../servers/ftp/data-connection/closure-check.ts'
import { Wire } from '../../../helpers/wire.ts'
import { listenForData, openDataConnection, requestPassivePort } from '../sessions.ts'
import {
  endWithNotify,
  GREETING,
  LOGIN_WITHOUT_GREETING,
  only,
  openSecureData,
  protectedSession,
  tlsSuite,
  VERSIONS,
} from '../tls-sessions.ts'

test.each(VERSIONS)('uploads, downloads and lists over TLS (%s)', async version => {
  const { port, read } = await tlsSuite()
  const { wire } = await protectedSession(port, version)
  const content = randomBytes(3_000_000)
  const up = await openSecureData(wire, 'STOR files/big.bin')
  up.send(content)
  up.socket.end()
  await wire.play('S: 226 *')
  expect((await read('files/big.bin')).equals(content)).toBe(true)
  const down = await openSecureData(wire, 'RETR files/big.bin')
  expect(Buffer.from(await down.readToEnd(), 'latin1').equals(content)).toBe(true)
  await wire.play('S: 226 *')
  const list = await openSecureData(wire, 'NLST files')
  expect(await list.readToEnd()).toBe('files/big.bin\r\nfiles/hello.txt\r\nfiles/numbers.txt\r\n')
  await wire.play('S: 226 *')
})

test.each(VERSIONS)(
  'a download ends with close_notify (%s), so that the client can tell that it is whole',
  async version => {
    const { port } = await tlsSuite()
    const { wire } = await protectedSession(port, version)
    const socket = connectTcp(await requestPassivePort(wire), '127.0.0.1')
    await wire.play('C: RETR files/numbers.txt\nS: 150 *')
    const check = new ClosureCheck(socket)
    const secure = connect({ socket: check, rejectUnauthorized: false, ...only(version) })
    check.observe(secure)
    expect(await text(secure)).toHaveLength(3893)
    await wire.play('S: 226 *')
  },
)

test.each(VERSIONS)('an empty upload over TLS (%s) is complete', async version => {
  const { port, read } = await tlsSuite()
  const { wire } = await protectedSession(port, version)
  const data = await openSecureData(wire, 'STOR empty')
  data.socket.end()
  await wire.play('S: 226 *')
  expect(await read('empty')).toHaveLength(0)
})

test.each(VERSIONS)('an upload that ends without close_notify (%s) is dropped', async version => {
  const { port, read } = await tlsSuite()
  const { wire } = await protectedSession(port, version)
  const plain = await openDataConnection(wire)
  await wire.play('C: STOR files/hello.txt\nS: 150 *')
  const data = await plain.startTls()
  await new Promise<void>(resolve => data.socket.write('only a part', () => resolve()))
  // Ends the TCP connection; TLS sends no close_notify.
  plain.socket.end()
  await wire.play('S: 426 *\nC: NOOP\nS: 200 OK')
  expect((await read('files/hello.txt')).toString()).toBe('Hello from Fourwire.\n')
})

test('an upload with TLS 1.3 is whole although its client closes without reading its tickets', async () => {
  const { port, read } = await tlsSuite()
  const { wire } = await protectedSession(port)
  const content = randomBytes(4_000_000)
  for (let count = 0; count < 3; count++) {
    const plain = await openDataConnection(wire)
    await wire.play('C: STOR large\nS: 150 *')
    const data = await plain.startTls()
    let received = 0
    data.socket.on('session', () => received++)
    data.socket.write(content)
    await endWithNotify(data)
    expect(received).toBe(0)
    await wire.play('S: 226 *')
    expect((await read('large')).equals(content)).toBe(true)
  }
})

test('an upload without close_notify is dropped also if its file is slower than its client', async () => {
  const { port } = await tlsSuite()
  const { wire } = await protectedSession(port)
  const plain = await openDataConnection(wire)
  await wire.play('C: STOR large\nS: 150 *')
  const data = await plain.startTls()
  await new Promise<void>(resolve => data.socket.write(randomBytes(8_000_000), () => resolve()))
  plain.socket.end()
  await wire.play('S: 426 *\nC: SIZE large\nS: 550 *')
})

test('the server does the handshake of TLS in active mode too (RFC 4217, section 7)', async () => {
  const { port } = await tlsSuite()
  const { wire } = await protectedSession(port)
  const { server, address } = await listenForData()
  const accepted = once(server, 'connection')
  await wire.play(`C: PORT ${address}\nS: 200 *\nC: RETR files/hello.txt\nS: 150 *`)
  const [socket] = await accepted
  const data = await Wire.over(socket).startTls()
  expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
  await wire.play('S: 226 *')
})

test('PROT C switches back to data connections in clear', async () => {
  const { port } = await tlsSuite()
  const { wire } = await protectedSession(port)
  await wire.play('C: PROT C\nS: 200 *')
  const data = await openDataConnection(wire)
  await wire.play('C: RETR files/hello.txt\nS: 150 *')
  expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
  await wire.play('S: 226 *')
})

test('data in clear after PROT P fails with 522, and the session continues', async () => {
  const { port } = await tlsSuite()
  const { wire } = await protectedSession(port)
  const data = await openDataConnection(wire)
  await wire.play('C: STOR x\nS: 150 *')
  data.send('this is not TLS\r\n')
  await wire.play('S: 522 The TLS handshake of the data connection failed\nC: SIZE x\nS: 550 *')
  const next = await openSecureData(wire, 'RETR files/hello.txt')
  expect(await next.readToEnd()).toBe('Hello from Fourwire.\n')
  await wire.play('S: 226 *')
})

test.each(VERSIONS)(
  'an upload with a broken TLS record fails with 426, and the session continues (%s)',
  async version => {
    const { port } = await tlsSuite()
    const { wire } = await protectedSession(port, version)
    const data = await openDataConnection(wire)
    await wire.play('C: STOR x\nS: 150 *')
    const secure = await data.startTls(only(version))
    await new Promise(resolve => secure.socket.write('content', resolve))
    // Application data that no key has encrypted.
    data.send(Buffer.concat([Buffer.from([0x17, 3, 3, 0, 32]), Buffer.alloc(32)]))
    await wire.play('S: 426 The data connection broke; transfer aborted\nC: SIZE x\nS: 550 *')
  },
)

test('a client that does not begin the handshake of a data connection gets 522 in time', async () => {
  const { port } = await tlsSuite({ dataTimeout: 1000 })
  const { wire } = await protectedSession(port)
  await openDataConnection(wire)
  await wire.play('C: RETR files/hello.txt\nS: 150 *\nS: 522 *\nC: NOOP\nS: 200 OK')
})

test('ABOR ends the handshake of a data connection', async () => {
  const { port } = await tlsSuite()
  const { wire } = await protectedSession(port)
  const data = await openDataConnection(wire)
  await wire.play('C: RETR files/hello.txt\nS: 150 *\nC: ABOR\nS: 426 *\nS: 226 *\nC: NOOP\nS: 200 OK')
  expect(await data.readToEnd()).toBe('')
})

test.each(VERSIONS)(
  'the session of another control connection of the same account does not count (%s)',
  async version => {
    const { port, tlsPort } = await tlsSuite({ requireSessionReuse: true })
    const own = await protectedSession(port, version)
    const other = await protectedSession(port, version)
    const data = await openSecureData(own.wire, 'RETR files/hello.txt', { ...only(version), session: other.session() })
    expect((data.socket as TLSSocket).isSessionReused()).toBe(false)
    await own.wire.play('S: 522 *')
    const implicit = await Wire.connectTls(tlsPort, only(version))
    await implicit.play(`${GREETING}\n${LOGIN_WITHOUT_GREETING}`)
    await openSecureData(implicit, 'RETR files/hello.txt', { ...only(version), session: own.session() })
    await implicit.play('S: 522 *')
    const session = (implicit.socket as TLSSocket).getSession()
    // Newer versions of Node offer a session only to the host that it was made for.
    const options = { ...only(version), session, host: '127.0.0.1' }
    const resumed = await openSecureData(implicit, 'RETR files/hello.txt', options)
    expect(await resumed.readToEnd()).toBe('Hello from Fourwire.\n')
    await implicit.play('S: 226 *')
  },
)
