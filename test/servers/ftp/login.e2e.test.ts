import { createHook } from 'node:async_hooks'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ftp } from '../../../servers/ftp/index.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { startService } from '../../helpers/service.ts'
import { createStore } from '../../helpers/store.ts'
import { recordEvents } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { ANONYMOUS_LOGIN, ftpSuite, LOGIN, loginAs, openSession, sendCommand } from './sessions.ts'

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
    S: 421 Idle for 0.05 seconds; closing
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

test('a stored account signs in, in any case of its name, until it is removed', async () => {
  const { suite, port } = await ftpSuite()
  await suite.accounts.add({ name: 'Ada', password: 'lovelace', write: ['/files'] })
  const wire = await openSession(
    port,
    `
    S: 220 *
    C: USER ADA
    S: 331 Password for ADA
    C: PASS lovelace
    S: 230 ada is logged in
  `,
  )
  await suite.accounts.remove('ada')
  await wire.play(`
    C: USER ada
    S: 331 *
    C: PASS lovelace
    S: 530 Wrong name or password
  `)
})

test('a stored account replaces the demonstration account of its name', async () => {
  const { suite, port } = await ftpSuite()
  await suite.accounts.add({ name: 'alice', password: 'of my own', write: [] })
  await openSession(port, loginAs('alice', 'of my own', 'Logged in; this account may only read'))
  await (await Wire.connect(port)).play('S: 220 *\nC: USER alice\nS: 331 *\nC: PASS wonderland\nS: 530 *')
})

test('an unknown name costs as much work as a wrong password: the time does not disclose it', async () => {
  const { suite, port } = await ftpSuite()
  await suite.accounts.add({ name: 'ada', password: 'lovelace' })
  let hashes = 0
  const hook = createHook({ init: (_id, type) => void (type === 'SCRYPTREQUEST' && hashes++) }).enable()
  onTestFinished(() => void hook.disable())
  for (const name of ['ada', 'nobody', 'alice']) {
    hashes = 0
    const wire = await Wire.connect(port)
    await wire.play(
      `S: 220 *\nC: USER ${name}\nS: 331 Password for ${name}\nC: PASS guess\nS: 530 Wrong name or password`,
    )
    expect(hashes, name).toBe(1)
  }
})

test('delays the reply to a wrong password, and longer after each', async () => {
  const { port } = await ftpSuite()
  const times: number[] = []
  for (const _ of [1, 2]) {
    const wire = await Wire.connect(port)
    const start = performance.now()
    await wire.play('S: 220 *\nC: USER nobody\nS: 331 *\nC: PASS guess\nS: 530 *')
    times.push(performance.now() - start)
  }
  expect(times[0]).toBeGreaterThan(240)
  expect(times[1]).toBeGreaterThan(490)
})

test('close does not wait for the delay after a wrong password', async () => {
  const { suite, port } = await ftpSuite()
  const failed = () => openSession(port, 'S: 220 *\nC: USER nobody\nS: 331 *\nC: PASS guess\nS: 530 *')
  await Promise.all([failed(), failed(), failed(), failed()])
  const wire = await openSession(port, 'S: 220 *\nC: USER alice\nS: 331 *')
  wire.send('PASS guess\r\n')
  // The server runs the command before this one's reply.
  await sendCommand(await openSession(port), 'NOOP')
  const start = performance.now()
  await suite.close()
  expect(performance.now() - start).toBeLessThan(1000)
  await wire.play('S: 530 Wrong name or password\nS: 421 The server is closing\nS: (closed)')
})

test('a sign-in works once the store can be opened, although an earlier one found it missing', async () => {
  const folder = path.join(await emptyFolder(), 'later')
  const store = createStore({ kind: 'sqlite', file: path.join(folder, 'store.db') }, { demonstration: true })
  const { port } = await startService(ftp, {}, { store })
  const refused = await Wire.connect(port)
  await refused.play(`
    S: 220 *
    C: USER alice
    S: 331 *
    C: PASS wonderland
    S: 421 Internal error; closing the connection
    S: (closed)
  `)
  await mkdir(folder)
  await openSession(port)
})

test('while the accounts cannot be read, commands on files fail with 451, and the session stays open', async () => {
  const store = createStore({ kind: 'memory' }, { demonstration: true })
  const { port, logged } = await startService(ftp, {}, { store })
  const wire = await openSession(port)
  const anonymous = await openSession(port, ANONYMOUS_LOGIN)
  await store.close()
  const failure = '451 The accounts cannot be read; try again later'
  for (const command of ['CWD files', 'LIST', 'MKD x']) expect(await sendCommand(wire, command)).toBe(failure)
  expect(await sendCommand(wire, 'PWD')).toMatch(/^257 /)
  expect(await sendCommand(anonymous, 'SIZE files/hello.txt')).not.toMatch(/^451 /)
  expect(logged.join('')).toContain('the store is closed')
})
