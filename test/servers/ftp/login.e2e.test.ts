import { expect, test } from 'vitest'
import { ftp } from '../../../servers/ftp/index.ts'
import { startService } from '../../helpers/service.ts'
import { createStore } from '../../helpers/store.ts'
import { recordEvents } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { ANONYMOUS_LOGIN, ftpSuite, LOGIN, openSession, sendCommand } from './sessions.ts'

test('commands require a login', async () => {
  const { port } = await ftpSuite()
  const wire = await Wire.connect(port)
  await wire.play('S: 220 *')
  for (const command of ['PWD', 'LIST', 'PASV', 'EPSV', 'PORT 127,0,0,1,9,9', 'RETR index.html', 'STOR x', 'MKD x']) {
    expect(await sendCommand(wire, command)).toBe('530 Log in first, with USER and PASS')
  }
})

test('rejects a wrong password, and closes the connection after the third', async () => {
  const { suite, port } = await ftpSuite()
  await suite.accounts.add({ name: 'ada', password: 'lovelace' })
  const wire = await Wire.connect(port)
  await wire.play(`
    S: 220 *
    C: PASS lovelace
    S: 503 USER comes first
    C: USER ada
    S: 331 *
    C: PASS byron
    S: 530 Wrong name or password
    C: PASS lovelace
    S: 503 USER comes first
    C: USER demo
    S: 331 *
    C: PASS demo
    S: 530 Wrong name or password
    C: PWD
    S: 530 *
    C: USER
    S: 501 *
    C: USER ada
    S: 331 *
    C: PASS
    S: 530 Wrong name or password
    S: 421 Too many wrong passwords; closing
    S: (closed)
  `)
})

test('the password of a PASS that Telnet commands break up is in no event, log or reply', async () => {
  const store = createStore({ kind: 'memory' }, { demonstration: true })
  const trace = recordEvents()
  const { port, logged } = await startService(ftp, {}, { store, trace: trace.trace })
  const wire = await Wire.connect(port)
  const replies: (string | undefined)[] = []
  const lines = [
    'PA\u00ff\u00f1SS wonderland',
    'pA\u00ff\u00fb\u0001sS wonderland',
    'PA\u00ff\u00fd\nSS wonderland',
    '  PASS wonderland',
    'PASS wonderland\rx',
  ]
  for (const line of lines) {
    wire.send(`USER alice\r\n${line}\r\nNOOP\r\n`)
    let reply = ''
    while (!reply.startsWith('200')) {
      reply = (await wire.line()) ?? '200 (closed)'
      replies.push(reply)
    }
  }
  expect(replies.filter(reply => reply?.startsWith('230'))).toHaveLength(3)
  const seen = [
    ...replies,
    ...logged,
    ...trace.events.flatMap(event => [
      event.summary,
      'bytes' in event ? Buffer.from(event.bytes).toString('latin1') : '',
    ]),
  ]
  expect(seen.join('\n')).not.toContain('wonderland')
})

test('USER ends the previous login', async () => {
  const { port } = await ftpSuite()
  const wire = await openSession(port)
  await wire.play(`
    C: CWD files
    S: 250 *
    C: USER anonymous
    S: 331 *
    C: MKD x
    S: 530 *
    C: PASS
    S: 230 Logged in; this account may only read
    C: PWD
    S: 257 "/"
    C: MKD x
    S: 550 This account may only read
  `)
})

test.for([
  'STOR x',
  'APPE x',
  'DELE index.html',
  'MKD x',
  'XMKD x',
  'RMD files',
  'XRMD files',
  'RNFR index.html',
  'RNTO x',
])('anonymous may not %s', async command => {
  const { port, names } = await ftpSuite()
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  expect(await sendCommand(wire, 'EPSV')).toMatch(/^229 /)
  expect(await sendCommand(wire, command)).toBe('550 This account may only read')
  expect(await names()).toEqual(['files', 'index.html'])
})

test('replies 421 to an idle client', async () => {
  const { port } = await ftpSuite({ ftp: { idleTimeout: 50 } })
  const wire = await Wire.connect(port)
  await wire.play(`
    S: 220 *
    S: 421 Idle for 0.05 s; closing
    S: (closed)
  `)
})

test('replies 421 beyond the maximum number of clients, and accepts again after one has disconnected', async () => {
  const { port } = await ftpSuite({ ftp: { maxConnections: 1 } })
  const first = await openSession(port)
  const second = await Wire.connect(port)
  await second.play(`
    S: 421 Too many connections; try again later
    S: (closed)
  `)
  await first.play(`
    C: QUIT
    S: 221 Goodbye
    S: (closed)
  `)
  await (await openSession(port)).play('C: NOOP\nS: 200 OK')
})

test('supports EPSV over IPv6, and rejects PASV', async () => {
  const { port } = await ftpSuite({ host: '::1' })
  const wire = await openSession(port, LOGIN, '::1')
  await wire.play(`
    C: PASV
    S: 425 *
    C: EPSV 1
    S: 522 *(2)
    C: EPSV 2
    S: 229 *
  `)
})
