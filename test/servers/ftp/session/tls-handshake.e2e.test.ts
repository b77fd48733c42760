import { expect, onTestFinished, test } from 'vitest'
import { ftp } from '../../../../servers/ftp/index.ts'
import { openTls } from '../../../../shared/net/tls/tls.ts'
import { emptyFolder } from '../../../helpers/cli.ts'
import { startService } from '../../../helpers/service.ts'
import { recordEvents } from '../../../helpers/suite.ts'
import { Wire } from '../../../helpers/wire.ts'
import { authTls, GREETING, LOGIN_WITHOUT_GREETING, tlsSuite } from '../tls-sessions.ts'

/** CVE-2011-0411: commands that an attacker puts into the clear text must not run within TLS. */
test.each([
  ['one command', 'NOOP\r\n'],
  ['a part of a command', 'MKD ev'],
  ['a login and a command', 'USER alice\r\nPASS wonderland\r\nMKD evil\r\n'],
  ['more commands than the queue holds', 'NOOP\r\n'.repeat(5000)],
])('drops bytes in clear behind AUTH: %s', async (_title, injected) => {
  const { suite, port } = await tlsSuite()
  const recorder = recordEvents(suite.trace)
  const plain = await Wire.connect(port)
  await plain.play(GREETING)
  plain.send(`AUTH TLS\r\n${injected}`)
  await plain.play('S: 234 *')
  const wire = await plain.startTls()
  await wire.play(`${LOGIN_WITHOUT_GREETING}\nC: MKD il\nS: 257 "/il"\nC: RMD evil\nS: 550 *\nC: QUIT\nS: 221 *`)
  await recorder.until(({ kind }) => kind === 'close')
  expect(recorder.events.filter(({ kind }) => kind === 'error')).toEqual([])
})

test('drops commands that wait behind AUTH for a slow command', async () => {
  const { port } = await tlsSuite()
  const plain = await Wire.connect(port)
  await plain.play(GREETING)
  // The wrong password delays the reply, so all of it is in the queue before AUTH runs.
  plain.send('USER alice\r\nPASS wrong\r\nAUTH TLS\r\nNOOP\r\n')
  plain.send('NOOP\r\n')
  await plain.play('S: 331 *\nS: 530 *\nS: 234 *')
  await (await plain.startTls()).play('C: SYST\nS: 215 *')
})

test('bytes in clear between the 234 and the handshake end the connection', async () => {
  const { suite, port } = await tlsSuite()
  const recorder = recordEvents(suite.trace)
  const plain = await Wire.connect(port)
  await plain.play(`${GREETING}\nC: AUTH TLS\nS: 234 *`)
  plain.send('USER alice\r\nPASS wonderland\r\nMKD evil\r\n')
  await plain.readToEnd()
  await recorder.until(({ kind }) => kind === 'close')
  expect(recorder.events.map(({ summary }) => summary)).toContain('TLS handshake failed: wrong version number')
  expect(recorder.lines().join('\n')).not.toContain('MKD')
  // The server serves others.
  await (await authTls(port)).wire.play(LOGIN_WITHOUT_GREETING)
})

test.each([
  ['AUTH', 'port'],
  ['a connection to the TLS port', 'tlsPort'],
] as const)('a client that does not begin the handshake after %s is disconnected', async (_title, name) => {
  const suite = await tlsSuite({ idleTimeout: 1000 })
  const wire = await Wire.connect(suite[name])
  if (name === 'port') await wire.play(`${GREETING}\nC: AUTH TLS\nS: 234 *`)
  expect(await wire.readToEnd()).toBe('')
})

test('a client that sends its handshake byte by byte is disconnected at the end of the time for all of it', async () => {
  const { port } = await tlsSuite({ idleTimeout: 1000 })
  const wire = await Wire.connect(port)
  await wire.play(`${GREETING}\nC: AUTH TLS\nS: 234 *`)
  // The header of a record of 16,000 bytes, most of which would arrive after the end of the test.
  wire.send(Uint8Array.of(0x16, 3, 1, 0x3e, 0x80))
  const timer = setInterval(() => wire.send(Uint8Array.of(1)), 50)
  onTestFinished(() => clearInterval(timer))
  expect(await wire.readToEnd()).toBe('')
})

test.each(['port', 'tlsPort'] as const)(
  'a client that ends its side in the handshake is disconnected at once (%s)',
  async name => {
    const suite = await tlsSuite()
    const wire = await Wire.connect(suite[name])
    if (name === 'port') await wire.play(`${GREETING}\nC: AUTH TLS\nS: 234 *`)
    wire.socket.end()
    expect(await wire.readToEnd()).toBe('')
  },
)

test('a server that closes during a handshake replies 421 within TLS', async () => {
  const { suite, port } = await tlsSuite()
  const plain = await Wire.connect(port)
  await plain.play(`${GREETING}\nC: AUTH TLS\nS: 234 *`)
  const closed = suite.close()
  await (await plain.startTls()).play('S: 421 The server is closing\nS: (closed)')
  await closed
})

test('logs that a client closed the connection during the handshake', async () => {
  const tls = await openTls({ dataFolder: await emptyFolder() })
  const { service, port, logged } = await startService(ftp, { tlsPort: 0 }, { tls })
  const plain = await Wire.connect(port)
  await plain.play(`${GREETING}\nC: AUTH TLS\nS: 234 *`)
  plain.socket.destroy()
  await service.close()
  expect(logged.join('')).toMatch(/"error":"the client closed the connection"[^}]*"ftp: TLS handshake failed"/)
})
