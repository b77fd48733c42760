import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { freePort } from '../../helpers/free-port.ts'

import { Wire } from '../../helpers/wire.ts'
import { ask, fetch, ftpSuite, listening, passive, passivePort, READER, session } from './sessions.ts'

test('PASV returns the address of the control connection, and transfers use it', async () => {
  const { port } = await ftpSuite()
  const wire = await session(port, READER)
  const [, high, low] = /^227 .*\(127,0,0,1,(\d+),(\d+)\)$/.exec(await ask(wire, 'PASV')) ?? []
  const data = await Wire.connect(Number(high) * 256 + Number(low))
  await wire.play('C: RETR files/hello.txt\nS: 150 *\nS: 226 *')
  expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
})

test('a transfer fails without a data connection, or if none is opened in time', async () => {
  const { port } = await ftpSuite({ ftp: { dataTimeout: 50 } })
  const wire = await session(port)
  await wire.play('C: RETR index.html\nS: 425 Say where to first, with PASV, EPSV, PORT or EPRT')
  await passivePort(wire)
  await wire.play('C: RETR index.html\nS: 150 *\nS: 425 No data connection came')
  await wire.play('C: STOR x\nS: 425 *\nC: NOOP\nS: 200 OK')
})

test('an idle data connection times out, and the idle timeout of the session does not run meanwhile', async () => {
  // Longer than a busy machine takes for any one step of the dialogue before.
  const { port } = await ftpSuite({ ftp: { dataTimeout: 2000, idleTimeout: 1000 } })
  const wire = await session(port)
  const data = await passive(wire)
  await wire.play('C: STOR x\nS: 150 *\nS: 426 *')
  await data.readToEnd()
  await wire.play('S: 421 Idle *\nS: (closed)')
})

test('a data connection serves one transfer', async () => {
  const { port } = await ftpSuite()
  const wire = await session(port)
  const data = await passive(wire)
  await wire.play('C: RETR nothing\nS: 550 *\nC: RETR index.html\nS: 425 *')
  expect(await data.readToEnd()).toBe('')
})

test('closes connections from other addresses to a passive port, and the session continues', async () => {
  const { port } = await ftpSuite()
  const wire = await session(port, READER)
  const dataPort = await passivePort(wire)
  const stranger = connect({ port: dataPort, host: '127.0.0.1', localAddress: '127.0.0.2' })
  stranger.on('error', () => {})
  await once(stranger.resume(), 'close')
  const data = await Wire.connect(dataPort)
  await wire.play('C: RETR files/hello.txt\nS: 150 *\nS: 226 *')
  expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
})

test('takes passive ports from the range and frees them after each use', async () => {
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

test('skips a port of the range that another program uses', async () => {
  const taken = await listening()
  const { port } = await ftpSuite({ ftp: { passivePorts: `${taken.port}-${taken.port}` } })
  const wire = await session(port, READER)
  expect(await ask(wire, 'EPSV')).toMatch(/^425 /)
})

test('active mode connects to the port of PORT or EPRT', async () => {
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

test('replies 425 if the client does not listen on its port', async () => {
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

test('after EPSV ALL only EPSV sets up a data connection', async () => {
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

test('transfers a file over IPv6 with EPSV and with EPRT', async () => {
  const { port } = await ftpSuite({ host: '::1' })
  const wire = await session(port, READER, '::1')
  const data = await passive(wire, '::1')
  await wire.play('C: RETR files/hello.txt\nS: 150 *\nS: 226 *')
  expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
  await wire.play('C: EPRT |2|0:0:0:0:0:0:0:1|50000|\nS: 200 *')
})
