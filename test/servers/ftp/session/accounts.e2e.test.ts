/** Stored accounts at the login: removed and replaced ones, guesses, and a store that cannot be read. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ftp } from '../../../../servers/ftp/index.ts'
import { emptyFolder } from '../../../helpers/cli.ts'
import { countHashes } from '../../../helpers/count-hashes.ts'
import { startService } from '../../../helpers/service.ts'
import { createStore } from '../../../helpers/store.ts'
import { Wire } from '../../../helpers/wire.ts'
import { ANONYMOUS_LOGIN, ftpSuite, loginAs, openSession, sendCommand } from '../sessions.ts'

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
  for (const [index, name] of ['ada', 'nobody', 'alice'].entries()) {
    // From addresses of their own, because an address with wrong passwords has to wait.
    const wire = await Wire.connect(port, '127.0.0.1', `127.0.0.${index + 2}`)
    const login = `S: 220 *\nC: USER ${name}\nS: 331 Password for ${name}\nC: PASS guess\nS: 530 Wrong name or password`
    expect(await countHashes(() => wire.play(login)), name).toBe(1)
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
  // With a stopped clock, a delay never ends.
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  await suite.close()
  vi.useRealTimers()
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
