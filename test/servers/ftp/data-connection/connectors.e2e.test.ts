import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { freePort } from '../../../helpers/free-port.ts'
import { Wire } from '../../../helpers/wire.ts'
import {
  ANONYMOUS_LOGIN,
  download,
  ftpSuite,
  listenForData,
  openDataConnection,
  openSession,
  requestPassivePort,
  sendCommand,
} from '../sessions.ts'

test('PASV returns the address of the control connection, and transfers use it', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  const [, high, low] = /^227 .*\(127,0,0,1,(\d+),(\d+)\)$/.exec(await sendCommand(wire, 'PASV')) ?? []
  const data = await Wire.connect(Number(high) * 256 + Number(low))
  await wire.play('C: RETR files/hello.txt\nS: 150 *\nS: 226 *')
  expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
})

test('a transfer fails without a data connection, or if the client does not open it in time', async () => {
  const { port } = await ftpSuite({ ftp: { dataTimeout: 50 } })
  const wire = await openSession(port)
  await wire.play('C: RETR index.html\nS: 425 Send PASV, EPSV, PORT or EPRT first')
  await requestPassivePort(wire)
  await wire.play('C: RETR index.html\nS: 150 *\nS: 425 No data connection was opened')
  await wire.play('C: STOR x\nS: 425 *\nC: NOOP\nS: 200 OK')
})

test('an idle data connection times out, and suspends the idle timeout of the session', async () => {
  // Longer than any step before takes on a busy machine.
  const { port } = await ftpSuite({ ftp: { dataTimeout: 2000, idleTimeout: 1000 } })
  const wire = await openSession(port)
  const data = await openDataConnection(wire)
  await wire.play('C: STOR x\nS: 150 *\nS: 426 *')
  await data.readToEnd()
  await wire.play('S: 421 Idle *\nS: (closed)')
})

test('a session does not get the late connection of another one', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  const [first, second] = [await requestPassivePort(wire), await requestPassivePort(wire)]
  // Refused, or closed if the port is open again: not kept for the session that uses the port next.
  const late = await Wire.connect(first).catch(() => undefined)
  expect((await late?.readToEnd()) ?? '').toBe('')
  const data = await Wire.connect(second)
  await wire.play('C: RETR files/hello.txt\nS: 150 *\nS: 226 *')
  expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
})

test('a client that never closes its side keeps few data connections of a session open', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  const opened: Wire[] = []
  for (let count = 0; count < 17; count++) {
    const data = await openDataConnection(wire)
    await wire.play('C: RETR files/hello.txt\nS: 150 *\nS: 226 *')
    expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
    opened.push(data)
  }
  const [oldest, ...others] = opened
  // Writing fails after the server has closed the connection.
  while (oldest?.socket.writable) await new Promise(resolve => oldest.socket.write('x', resolve))
  for (const { socket } of others) await new Promise(resolve => socket.write('x', resolve))
  expect(others.every(({ socket }) => socket.writable)).toBe(true)
})

test('a data connection serves one transfer', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port)
  const data = await openDataConnection(wire)
  await wire.play('C: RETR nothing\nS: 550 *\nC: RETR index.html\nS: 425 *')
  expect(await data.readToEnd()).toBe('')
})

test('closes connections from other addresses to a passive port, and the session continues', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  const dataPort = await requestPassivePort(wire)
  const other = connect({ port: dataPort, host: '127.0.0.1', localAddress: '127.0.0.2' })
  other.on('error', () => {})
  await once(other.resume(), 'close')
  const data = await Wire.connect(dataPort)
  await wire.play('C: RETR files/hello.txt\nS: 150 *\nS: 226 *')
  expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
})

test('takes passive ports from the range and frees them after each use', async () => {
  const only = await freePort()
  const { port } = await ftpSuite({ ftp: { passivePorts: `${only}-${only}` } })
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  for (let round = 0; round < 3; round++) expect(await requestPassivePort(wire)).toBe(only)
  for (let round = 0; round < 3; round++) expect(await download(wire, 'RETR files/hello.txt')).toMatch(/^Hello/)
  expect(await requestPassivePort(wire)).toBe(only)
  const other = await openSession(port, ANONYMOUS_LOGIN)
  expect(await sendCommand(other, 'PASV')).toBe('425 No port is free for a data connection; try again later')
  await wire.play('C: QUIT\nS: 221 *\nS: (closed)')
  expect(await download(other, 'RETR files/hello.txt')).toMatch(/^Hello/)
})

test('skips a port of the range that another program uses', async () => {
  const taken = await listenForData()
  const { port } = await ftpSuite({ ftp: { passivePorts: `${taken.port}-${taken.port}` } })
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  expect(await sendCommand(wire, 'EPSV')).toMatch(/^425 /)
})

test('active mode connects to the port of PORT or EPRT', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  for (const command of ['PORT', 'EPRT']) {
    const listener = await listenForData()
    const accepted = once(listener.server, 'connection')
    const address = command === 'PORT' ? listener.address : `|1|127.0.0.1|${listener.port}|`
    expect(await sendCommand(wire, `${command} ${address}`)).toMatch(/^200 /)
    await wire.play('C: RETR files/hello.txt\nS: 150 *')
    const [socket] = await accepted
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
] as const)('prevents bounce attacks: replies to %s with %s', async ([command, reply]) => {
  const { port } = await ftpSuite()
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  expect(await sendCommand(wire, command)).toBe(reply)
})

test('replies 425 if the client does not listen on its port', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  const unusedPort = await freePort()
  await wire.play(`
    C: EPRT |1|127.0.0.1|${unusedPort}|
    S: 200 *
    C: RETR index.html
    S: 150 *
    S: 425 Could not connect to the address given
  `)
})

test('after EPSV ALL only EPSV sets up a data connection', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port, ANONYMOUS_LOGIN)
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

test('transfers a file over IPv6 with EPSV and with EPRT', async () => {
  const { port } = await ftpSuite({ host: '::1' })
  const wire = await openSession(port, ANONYMOUS_LOGIN, '::1')
  const data = await openDataConnection(wire, '::1')
  await wire.play('C: RETR files/hello.txt\nS: 150 *\nS: 226 *')
  expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
  await wire.play('C: EPRT |2|0:0:0:0:0:0:0:1|50000|\nS: 200 *')
})
