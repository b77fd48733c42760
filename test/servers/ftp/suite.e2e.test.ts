import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { list } from '../../../clients/ftp/index.ts'
import { ftp } from '../../../servers/ftp/index.ts'
import { UsageError } from '../../../shared/errors.ts'
import { FileTree } from '../../../shared/files/file-tree.ts'
import { procOpener } from '../../../shared/files/open/path-opener.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { startService } from '../../helpers/service.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { ANONYMOUS_LOGIN, download, ftpSuite, openDataConnection, openSession, upload } from './sessions.ts'

test('two suites in one process have separate files, accounts and traces', async () => {
  const one = await ftpSuite()
  const other = await ftpSuite()
  await other.suite.accounts.add({ name: 'ada', password: 'lovelace' })
  const recorder = recordEvents(other.suite.trace)
  const first = await openSession(one.port)
  const second = await Wire.connect(other.port)
  await second.play('S: 220 *\nC: USER ada\nS: 331 *\nC: PASS lovelace\nS: 230 *')
  await (await Wire.connect(one.port)).play('S: 220 *\nC: USER ada\nS: 331 *\nC: PASS lovelace\nS: 530 *')
  await Promise.all([upload(first, 'STOR name', 'one'), upload(second, 'STOR name', 'other')])
  expect(await Promise.all([download(first, 'RETR name'), download(second, 'RETR name')])).toEqual(['one', 'other'])
  expect([await one.read('name'), await other.read('name')]).toEqual(['one', 'other'])
  await one.suite.close()
  expect(await download(second, 'RETR name')).toBe('other')
  expect(new Set(recorder.of('ftp').map(({ conversation }) => conversation)).size).toBe(1)
})

test('adds no signal handlers, and does not change the command table of ftp-srv', async () => {
  const registry = createRequire(import.meta.url)('ftp-srv/src/commands/registry') as Record<string, unknown>
  const before = { ...registry }
  const listeners = () => ['SIGTERM', 'SIGINT', 'SIGQUIT'].map(signal => process.listenerCount(signal))
  const signalListeners = listeners()
  const { port } = await ftpSuite()
  await download(await openSession(port, ANONYMOUS_LOGIN), 'LIST')
  expect(listeners()).toEqual(signalListeners)
  expect({ ...registry }).toEqual(before)
})

test('traces both channels as one conversation, beginning with the greeting', async () => {
  const { suite, port } = await ftpSuite()
  const recorder = recordEvents(suite.trace)
  const wire = await openSession(port)
  const data = await openDataConnection(wire)
  await wire.play('C: RETR files/hello.txt\nS: 150 *\nS: 226 *')
  await data.readToEnd()
  data.socket.end()
  await recorder.until(event => event.kind === 'close' && event.channel === 'data')
  await wire.play('C: QUIT\nS: 221 *\nS: (closed)')
  await recorder.until(event => event.kind === 'close' && event.channel === 'control')
  const hideNumbers = (line: string) => line.replace(/\|\|\|\d+\|/, '|||N|').replace(/\(.+\/s\)$/, '(RATE)')
  expect(recorder.lines().map(hideNumbers)).toEqual([
    'open control',
    'message response 0 220 Fourwire FTP server ready',
    'message request 1 USER alice',
    'message response 1 331 Password for alice',
    'message request 2 PASS ****',
    'sql state control',
    'sql message request 1 select * from "accounts" where "name" = ?',
    'sql message response 1 0 rows',
    'message response 2 230 alice is logged in',
    'state control',
    'message request 3 EPSV',
    'message response 3 229 Entering Extended Passive Mode (|||N|)',
    'open data',
    'message request 4 RETR files/hello.txt',
    'sql message request 2 select * from "accounts" where "name" = ?',
    'sql message response 2 0 rows',
    'message response 4 150 Data connection for /files/hello.txt (21 bytes)',
    'transfer response 4 server sent 21 bytes (RATE)',
    'message response 4 226 Transfer complete',
    'close data',
    'message request 5 QUIT',
    'message response 5 221 Goodbye',
    'state control',
    'close control',
  ])
  expect(new Set(recorder.of('ftp').map(({ conversation }) => conversation)).size).toBe(1)
  expect(JSON.stringify(recorder.events.map(event => ('bytes' in event ? String(event.bytes) : '')))).not.toContain(
    'PASS wonderland',
  )
})

test.for([{ host: '0.0.0.0' }, { hello: { host: '0.0.0.0' }, services: ['ftp', 'hello'] as const }])(
  'the demonstration accounts do not exist if a service is reachable from other machines: %o',
  async options => {
    const suite = await suiteFor({ services: ['ftp'], ...options })
    const wire = await Wire.connect(suite.ftp.port)
    await wire.play('S: 220 *\nC: USER alice\nS: 331 *\nC: PASS wonderland\nS: 530 Wrong name or password')
    expect([suite.ftp.user, suite.ftp.password]).toEqual([undefined, undefined])
    expect(await suite.accounts.list()).toEqual([])
    expect(suite.env()).not.toHaveProperty('FTP_USER')
  },
)

test('listens on all addresses, and PASV returns the address that the client has connected to', async () => {
  const { suite, port } = await ftpSuite({ host: '0.0.0.0' })
  expect(suite.ftp.host).toBe('0.0.0.0')
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  await wire.play('C: PASV\nS: 227 *(127,0,0,1,*)')
})

test('a dual-stack socket returns an IPv4 address to IPv4 clients', async () => {
  const { port } = await ftpSuite({ host: '::' })
  const wire = await openSession(port, ANONYMOUS_LOGIN)
  await wire.play('C: EPSV 1\nS: 229 *\nC: PASV\nS: 227 *(127,0,0,1,*)\nC: PORT 127,0,0,1,200,10\nS: 200 *')
  expect(await download(wire, 'RETR files/hello.txt')).toBe('Hello from Fourwire.\n')
})

test.for(['5-4', '0-10', '60000-70000'])('rejects the port range %s', async passivePorts => {
  await expect(suiteFor({ services: ['ftp'], ftp: { passivePorts } })).rejects.toThrow(/passivePorts/)
})

test.for([{ user: 'ada' }, { passivePorts: '40000' }])('rejects the options %o', async options => {
  await expect(suiteFor({ services: ['ftp'], ftp: options as object })).rejects.toThrow(UsageError)
})

test('an exception in one session is logged and ends only that session', async () => {
  let broken = false
  // Fails with an error that only a defect can cause.
  const files = await FileTree.open(await emptyFolder(), {
    ...procOpener,
    open: async (file, kind) => {
      if (broken) throw new TypeError('a defect')
      return procOpener.open(file, kind)
    },
  })
  const { port, logged } = await startService(ftp, {}, { files })
  const [one, other] = [await openSession(port), await openSession(port)]
  broken = true
  await one.play('C: MLST x\nS: 421 Internal error; closing the connection\nS: (closed)')
  broken = false
  await other.play('C: NOOP\nS: 200 OK\nC: SIZE x\nS: 550 *')
  expect(logged.join('')).toContain('a defect')
})

test('the options have a JSON schema with defaults', () => {
  const { properties } = z.toJSONSchema(ftp.options) as { properties: Record<string, { default?: unknown }> }
  expect(Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, value.default]))).toEqual({
    host: '127.0.0.1',
    port: 2121,
    tlsPort: 9990,
    tls: 'optional',
    requireSessionReuse: false,
    passivePorts: undefined,
    idleTimeout: 300_000,
    dataTimeout: 30_000,
    maxConnections: 200,
  })
})

test('suite.ftp has the credentials of an account that may write, and suite.env() a URL with them', async () => {
  const suite = await suiteFor({ services: ['ftp'] })
  expect([suite.ftp.user, suite.ftp.password]).toEqual(['alice', 'wonderland'])
  const url = `ftp://alice:wonderland@127.0.0.1:${suite.ftp.port}/`
  expect(suite.env()).toMatchObject({ FTP_URL: url, FTP_USER: 'alice', FTP_PASSWORD: 'wonderland' })
  const { entries } = await list({ url: `${url}files/` })
  expect(entries.map(({ name }) => name)).toContain('hello.txt')
})
