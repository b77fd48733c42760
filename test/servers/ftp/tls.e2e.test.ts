/** TLS on the control connection: the commands, what a server can require, bounds, and the trace. */
import type { TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { recordEvents } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { ftpSuite, sendCommand } from './sessions.ts'
import { authTls, GREETING, LOGIN_WITHOUT_GREETING, PROTECT, tlsSuite, VERSIONS } from './tls-sessions.ts'

test.each(VERSIONS)('AUTH TLS starts %s, with the certificate of the suite', async version => {
  const { port } = await tlsSuite()
  const { wire } = await authTls(port, { minVersion: version, maxVersion: version })
  const socket = wire.socket as TLSSocket
  expect(socket.getProtocol()).toBe(version)
  expect(socket.getPeerCertificate().subjectaltname).toContain('DNS:*.fourwire.test')
  await wire.play(`${LOGIN_WITHOUT_GREETING}\nC: QUIT\nS: 221 Goodbye\nS: (closed)`)
})

test('FEAT lists AUTH TLS, PBSZ and PROT, and the commands reply as RFC 2228 and 4217 have it', async () => {
  const { port } = await tlsSuite()
  const plain = await Wire.connect(port)
  await plain.play(GREETING)
  plain.send('FEAT\r\n')
  const features: string[] = []
  for (let line = await plain.line(); line !== '211 End'; line = await plain.line()) features.push(line?.trim() ?? '')
  expect(features).toEqual(expect.arrayContaining(['AUTH TLS', 'PBSZ', 'PROT']))
  await plain.play(`
    C: PBSZ 0
    S: 503 AUTH TLS comes first
    C: PROT P
    S: 503 AUTH TLS comes first
    C: CCC
    S: 533 *
    C: AUTH
    S: 501 *
    C: AUTH SSL
    S: 504 The only mechanism is TLS
    C: AUTH TLS-P
    S: 504 *
    C: auth tls-c
    S: 234 *
  `)
  const wire = await plain.startTls()
  await wire.play(`
    C: AUTH TLS
    S: 503 TLS is active already
    C: PROT P
    S: 503 PBSZ comes first
    C: PBSZ x
    S: 501 *
    C: PBSZ 4294967296
    S: 501 *
    C: PBSZ 16384
    S: 200 PBSZ=0
    C: PROT S
    S: 536 *
    C: PROT E
    S: 536 *
    C: PROT X
    S: 504 *
    C: PROT C
    S: 200 Data connections are in clear
    C: PROT P
    S: 200 Data connections use TLS
    C: CCC
    S: 534 *
    C: NOOP
    S: 200 OK
  `)
})

test('without a certificate there is no TLS, and FEAT lists none', async () => {
  const { port } = await ftpSuite()
  const wire = await Wire.connect(port)
  await wire.play(
    `${GREETING}\nC: AUTH TLS\nS: 502 TLS is not available: the server has no certificate\nC: PBSZ 0\nS: 502 *\nC: PROT P\nS: 502 *\nC: CCC\nS: 533 *`,
  )
  wire.send('FEAT\r\nQUIT\r\n')
  expect(await wire.readToEnd()).not.toMatch(/AUTH|PBSZ|PROT/)
})

test('TLS from the first byte: the greeting follows the handshake, and PROT P is the default', async () => {
  const { tlsPort } = await tlsSuite({ tls: 'required' })
  const wire = await Wire.connectTls(tlsPort)
  await wire.play(`${GREETING}\n${LOGIN_WITHOUT_GREETING}`)
  const reply = await sendCommand(wire, 'EPSV')
  const data = await Wire.connect(Number(/\|(\d+)\|\)$/.exec(reply)?.[1]))
  await wire.play('C: RETR files/hello.txt\nS: 150 *')
  expect(await (await data.startTls()).readToEnd()).toBe('Hello from Fourwire.\n')
  await wire.play('S: 226 *\nC: PROT C\nS: 534 *')
})

test('AUTH ends the login (RFC 2228, section 3): the client must log in again', async () => {
  const { port } = await tlsSuite()
  const plain = await Wire.connect(port)
  await plain.play(`
    ${GREETING}
    ${LOGIN_WITHOUT_GREETING}
    C: CWD files
    S: 250 *
    C: TYPE A
    S: 200 *
    C: AUTH TLS
    S: 234 *
  `)
  const wire = await plain.startTls()
  await wire.play(`C: PWD\nS: 530 *\n${LOGIN_WITHOUT_GREETING}\nC: PWD\nS: 257 "/"`)
})

test('a name that was given in clear is forgotten', async () => {
  const { port } = await tlsSuite()
  const plain = await Wire.connect(port)
  await plain.play(`${GREETING}\nC: USER alice\nS: 331 *\nC: AUTH TLS\nS: 234 *`)
  await (await plain.startTls()).play('C: PASS wonderland\nS: 503 USER comes first')
})

test('the bounds apply within TLS: idle time, command length, wrong passwords, queued commands', async () => {
  const { port } = await tlsSuite({ idleTimeout: 2000 })
  const { wire } = await authTls(port)
  await wire.play(`C: ${'x'.repeat(5000)}\nS: 500 Line longer than 4096 bytes`)
  wire.send('NOOP\r\n'.repeat(1000))
  for (let count = 0; count < 1000; count++) expect(await wire.line()).toBe('200 OK')
  for (const end of ['', '', '\nS: 421 Too many wrong passwords; closing\nS: (closed)']) {
    await wire.play(`C: USER nobody\nS: 331 *\nC: PASS x\nS: 530 *${end}`)
  }
  const { wire: idle } = await authTls(port)
  await idle.play('S: 421 Idle for 2 s; closing\nS: (closed)')
})

test('a client that ends its side within TLS receives all replies', async () => {
  const { port } = await tlsSuite()
  const { wire } = await authTls(port)
  wire.socket.end('USER alice\r\nPASS wonderland\r\nSIZE files/hello.txt\r\n')
  expect(await wire.readToEnd()).toMatch(/^331 .*\r\n230 .*\r\n213 21\r\n$/)
})

test('with TLS required, logins and data connections in clear are refused', async () => {
  const { port } = await tlsSuite({ tls: 'required' })
  const plain = await Wire.connect(port)
  await plain.play(`
    ${GREETING}
    C: USER alice
    S: 530 TLS is required; use AUTH TLS first
    C: PASS wonderland
    S: 503 *
    C: USER anonymous
    S: 530 *
    C: AUTH TLS
    S: 234 *
  `)
  const wire = await plain.startTls()
  await wire.play(`
    ${LOGIN_WITHOUT_GREETING}
    C: EPSV
    S: 229 *
    C: NLST
    S: 521 TLS is required; send PBSZ 0 and PROT P
    ${PROTECT}
    C: PROT C
    S: 534 *
  `)
})

test('TLS cannot be required without a certificate', async () => {
  await expect(ftpSuite({ ftp: { tls: 'required' } })).rejects.toThrow(/^ftp\.tls: TLS cannot be required/)
  const reuse = ftpSuite({ ftp: { requireSessionReuse: true } })
  await expect(reuse).rejects.toThrow(/^ftp\.requireSessionReuse: it needs TLS, and the suite has no certificate/)
})

test('replies 421 beyond the maximum number of clients from one address', async () => {
  const { port, tlsPort } = await tlsSuite({ maxPerAddress: 1 })
  const { wire } = await authTls(port)
  await (await Wire.connect(port)).play('S: 421 Too many connections; try again later\nS: (closed)')
  // Before the handshake the client could not read a reply.
  expect(await (await Wire.connect(tlsPort)).readToEnd()).toBe('')
  await wire.play('C: QUIT\nS: 221 *\nS: (closed)')
  await authTls(port)
})

test('the trace shows the conversation within TLS, and no password', async () => {
  const { suite, port } = await tlsSuite()
  const recorder = recordEvents(suite.trace)
  const { wire } = await authTls(port)
  await wire.play(`C: USER alice\nS: 331 *\nC: PASS wonderland\nS: 230 *\nC: QUIT\nS: 221 *`)
  wire.socket.end()
  await recorder.until(({ kind }) => kind === 'close')
  expect(recorder.lines().filter(line => !line.startsWith('sql'))).toEqual([
    'open control',
    'message response 0 220 Fourwire FTP server ready',
    'message request 1 AUTH TLS',
    'message response 1 234 Begin the TLS handshake',
    'state control',
    'message request 2 USER alice',
    'message response 2 331 Password for alice',
    'message request 3 PASS ****',
    'message response 3 230 alice is logged in',
    'state control',
    'message request 4 QUIT',
    'message response 4 221 Goodbye',
    'state control',
    'close control',
  ])
})

test('the trace shows TLS from the first byte', async () => {
  const { suite, tlsPort } = await tlsSuite()
  const recorder = recordEvents(suite.trace)
  const wire = await Wire.connectTls(tlsPort)
  await wire.play(`${GREETING}\nC: NOOP\nS: 200 OK\nC: QUIT\nS: 221 *`)
  wire.socket.end()
  await recorder.until(({ kind }) => kind === 'close')
  expect(recorder.events[0]).toMatchObject({ kind: 'open', transport: 'tls' })
  expect(recorder.lines()).toEqual([
    'open control',
    'message response 0 220 Fourwire FTP server ready',
    'message request 1 NOOP',
    'message response 1 200 OK',
    'message request 2 QUIT',
    'message response 2 221 Goodbye',
    'close control',
  ])
})
