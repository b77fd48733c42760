/** Data connections that resume the TLS session of their control connection. */
import { constants } from 'node:crypto'
import { once } from 'node:events'
import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import {
  authTls,
  endWithNotify,
  LOGIN_WITHOUT_GREETING,
  only,
  openSecureData,
  PROTECT,
  protectedSession,
  tlsSuite,
  VERSIONS,
} from '../tls-sessions.ts'

test.each(VERSIONS)('a data connection can resume the TLS session of its control connection (%s)', async version => {
  const { port } = await tlsSuite()
  const { wire, session } = await protectedSession(port, version)
  for (let count = 0; count < 3; count++) {
    const data = await openSecureData(wire, 'RETR files/hello.txt', { ...only(version), session: session() })
    expect((data.socket as TLSSocket).isSessionReused()).toBe(true)
    expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
    await wire.play('S: 226 *')
  }
})

test('a client that uses each ticket of TLS 1.3 once gets another one on each data connection', async () => {
  const { port } = await tlsSuite({ requireSessionReuse: true })
  const { wire, session: first } = await protectedSession(port)
  let session = first()
  for (let count = 0; count < 3; count++) {
    const data = await openSecureData(wire, 'RETR files/hello.txt', { session })
    const renewed = once(data.socket, 'session')
    expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
    await wire.play('S: 226 *')
    ;[session] = await renewed
  }
})

test('a client of TLS 1.2 can resume a session by its id, without a ticket', async () => {
  const { port } = await tlsSuite({ requireSessionReuse: true })
  const secureOptions = constants.SSL_OP_NO_TICKET
  const { wire, session } = await authTls(port, { ...only('TLSv1.2'), secureOptions })
  await wire.play(`${LOGIN_WITHOUT_GREETING}\n${PROTECT}`)
  for (let count = 0; count < 2; count++) {
    const options = { ...only('TLSv1.2'), secureOptions, session: session() }
    const data = await openSecureData(wire, 'RETR files/hello.txt', options)
    expect(await data.readToEnd()).toBe('Hello from Fourwire.\n')
    await wire.play('S: 226 *')
  }
})

test.each(VERSIONS)('with --ftp-require-session-reuse a new TLS session is refused (%s)', async version => {
  const { port, read } = await tlsSuite({ requireSessionReuse: true })
  const { wire, session } = await protectedSession(port, version)
  await openSecureData(wire, 'RETR files/hello.txt', only(version))
  await wire.play('S: 522 The data connection must resume the TLS session of the control connection')
  await openSecureData(wire, 'STOR x', only(version))
  await wire.play('S: 522 *')
  const data = await openSecureData(wire, 'STOR x', { ...only(version), session: session() })
  data.send('resumed')
  await endWithNotify(data)
  await wire.play('S: 226 *')
  expect((await read('x')).toString()).toBe('resumed')
})

test('a control connection does not resume the session of another one', async () => {
  const { port } = await tlsSuite()
  const first = await protectedSession(port)
  const { wire } = await authTls(port, { session: first.session() })
  expect((wire.socket as TLSSocket).isSessionReused()).toBe(false)
  await wire.play(`${LOGIN_WITHOUT_GREETING}\n${PROTECT}`)
})
