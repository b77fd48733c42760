/** Checks the members of smtp-server that its adapter relies on, and the two costs that it removes. */
import { once } from 'node:events'
import { type AddressInfo, Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import SASL from 'smtp-server/lib/sasl.js'
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import { expect, onTestFinished, test, vi } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { replacementFor } from '../../../servers/smtp/replies.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { Wire } from '../../helpers/wire.ts'
import { TO_DATA } from './transcripts.ts'

test('smtp-server is pinned to one version, because the adapter relies on private members', () => {
  expect(packageJson.devDependencies['smtp-server']).toMatch(/^\d+\.\d+\.\d+$/)
})

const METHODS = [
  '_armTimeout',
  '_createParser',
  '_getEnhancedStatusCode',
  '_getHandler',
  '_onClose',
  '_onCommand',
  '_onError',
  '_resetSession',
  '_setListeners',
  '_whenWritable',
  'close',
  'connectionReady',
  'handler_AUTH',
  'handler_QUIT',
  'handler_STARTTLS',
  'init',
  'send',
  'upgrade',
]

const PROPERTIES = {
  _closed: false,
  _closing: false,
  _nextHandler: false,
  _parser: expect.any(Object),
  _socket: expect.any(Socket),
  _upgrading: false,
  clientHostname: false,
  hostNameAppearsAs: false,
  id: expect.any(String),
  name: 'mail.fourwire.test',
  remoteAddress: '',
  secure: false,
  session: expect.any(Object),
  tlsOptions: false,
}

function createStock(): SMTPServer {
  return new SMTPServer({
    name: 'mail.fourwire.test',
    hideSTARTTLS: true,
    authOptional: true,
    disableReverseLookup: true,
    onData: (stream, _session, done) => {
      stream.resume()
      stream.on('end', () => done())
    },
  })
}

test('a connection has the members that the adapter overrides, calls and reads', () => {
  for (const name of METHODS) expect(SMTPConnection.prototype).toHaveProperty(name, expect.any(Function))
  const connection = new SMTPConnection(createStock(), new Socket())
  for (const [name, value] of Object.entries(PROPERTIES)) expect(connection).toHaveProperty(name, value)
  connection._resetSession()
  expect(connection.session).toMatchObject({ secure: false, transmissionType: 'SMTP' })
})

/** What smtp-server runs of a session: dispatch, AUTH, QUIT and STARTTLS. */
const INHERITED = [
  ...(['_onCommand', 'handler_AUTH', 'handler_QUIT', 'handler_STARTTLS'] as const).map(
    name => SMTPConnection.prototype[name],
  ),
  ...(['SASL_PLAIN', 'PLAIN_token', 'SASL_LOGIN', 'LOGIN_username', 'LOGIN_password'] as const).map(name => SASL[name]),
]

const SENT_AS_THEY_ARE = [
  '220 Ready to start TLS',
  '221 Bye',
  '235 Authentication successful',
  '334 ',
  '334 UGFzc3dvcmQ6',
  '334 VXNlcm5hbWU6',
  '535 ', // the text of `signIn`
]

const NEVER_SENT = [
  '421  You talk too soon', // the adapter greets before it reads
  '421 Server shutting down', // the adapter never closes the library's server
  '500  not allowed in LMTP server',
  '501 Error: syntax: STARTTLS', // `rejectLine` has refused it
  '535 Error: Authentication credentials invalid', // `signIn` has an error of its own
  '538 Error: Must issue a STARTTLS command first', // the adapter allows AUTH; the session decides
]

/** Returns the replies in the source of a function: the code, and the longest literal of the text. */
function repliesIn(source: string): { code: number; text: string }[] {
  return [...source.matchAll(/this\.send\((?:[\w.]+ \|\| )?(\d{3})(.*)\);/g)].map(([, code, args = '']) => {
    const literals = [...args.matchAll(/'([^']*)'/g)].map(([, literal = '']) => literal)
    return { code: Number(code), text: literals.sort((a, b) => b.length - a.length)[0] ?? '' }
  })
}

test('every reply of smtp-server in a session is replaced, is good as it is, or is never sent', () => {
  const unreplaced = INHERITED.flatMap(method => repliesIn(String(method)))
    .map(({ code, text }) => ({ code, text: text === 'Error: send ' ? `${text}HELO/EHLO first` : text }))
    .filter(({ code, text }) => !replacementFor(code, text, ''))
    .map(({ code, text }) => `${code} ${text}`)
  expect([...new Set(unreplaced)].sort()).toEqual([...SENT_AS_THEY_ARE, ...NEVER_SENT].sort())
})

test('the constructor of a connection calls _createParser', () => {
  let calls = 0
  class Connection extends SMTPConnection {
    override _createParser(): ReturnType<SMTPConnection['_createParser']> {
      calls += 1
      return super._createParser()
    }
  }
  expect(new Connection(createStock(), new Socket()).id).toMatch(/^\w+$/)
  expect(calls).toBe(1)
})

test('the constructor calls updateSecureContext, so an override prevents loading the built-in key', () => {
  let calls = 0
  class Server extends SMTPServer {
    override updateSecureContext(): void {
      calls += 1
    }
  }
  const server = new Server({ hideSTARTTLS: true })
  expect(calls).toBe(1)
  expect(server.connections).toEqual(new Set())
})

/** Starts a server of the stock class on a free port until the end of the test. */
async function startStock(): Promise<{ server: SMTPServer; port: number }> {
  const server = createStock()
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  onTestFinished(() => new Promise<void>(resolve => void server.close(resolve)))
  return { server, port: (server.server.address() as AddressInfo).port }
}

test('the stock class greets after a timer, and ours at once', async () => {
  const suite = await suiteFor({ services: ['smtp'] })
  const { server, port } = await startStock()
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const own = await Wire.connect(suite.smtp.port)
  await own.play('S: 220 *')
  const accepted = once(server.server, 'connection')
  const stock = await Wire.connect(port)
  await accepted
  vi.advanceTimersByTime(99)
  stock.send('NOOP\r\n')
  // Input before the greeting ends the session, so the stock class had not greeted yet.
  await stock.play('S: 421 *')
})

/** Returns how often `setImmediate` is called while a server reads a message of 1000 such lines. */
async function countImmediates(port: number, toData: string, line: string): Promise<number> {
  const wire = await Wire.connect(port)
  await wire.play(toData)
  const immediate = vi.spyOn(globalThis, 'setImmediate')
  try {
    wire.send(`${line.repeat(1000)}\r\n.\r\n`)
    await wire.play('S: 250 *')
    return immediate.mock.calls.length
  } finally {
    immediate.mockRestore()
  }
}

const DOT_STUFFED = '..\r\n'

test.each([
  ['dot-stuffed', DOT_STUFFED],
  ['empty', '\r\n'],
  ['bare LF', '\n'],
])('our class does not wait for the event loop at every line: %s', async (_title, line) => {
  const suite = await suiteFor({ services: ['smtp'], smtp: { bareNewlines: 'accept' } })
  expect(await countImmediates(suite.smtp.port, TO_DATA, line)).toBeLessThan(20)
})

test('the stock class waits for the event loop at every dot-stuffed line', async () => {
  const { port } = await startStock()
  const toData =
    'S: 220 *\nC: HELO x\nS: 250 *\nC: MAIL FROM:<a@b.test>\nS: 250 *\nC: RCPT TO:<c@d.test>\nS: 250 *\nC: DATA\nS: 354 *'
  expect(await countImmediates(port, toData, DOT_STUFFED)).toBeGreaterThan(900)
})
