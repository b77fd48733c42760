/**
 * Suites that share ports. Only newer versions of Node can do it, and the tests run on several: each asserts what is true on the
 * one that runs it.
 */
import { expect, test } from 'vitest'
import { query } from '../../../clients/dns/index.ts'
import { resolveSettings } from '../../../shared/launcher/settings/options.ts'
import { checkReusePort } from '../../../shared/launcher/settings/reuse-port.ts'
import { emptyFolder, runInProcess } from '../../helpers/cli.ts'
import { freePort } from '../../helpers/free-port.ts'
import { recordEvents, suiteFor } from '../../helpers/suite.ts'

/** More than enough that each of two processes gets some: the chance that one gets none is 1 in 2 to the power of 39. */
const CLIENTS = 40

const ADVICE = 'Start it with another Node or system, or start the processes on different ports behind a balancer'

const settings = (options: object) =>
  resolveSettings({ services: ['http', 'dns'], reusePort: true, ...options }, 'default')

/** True if this Node on this system can share ports. */
function isSupported(): boolean {
  try {
    checkReusePort(settings({}), process)
    return true
  } catch {
    return false
  }
}

test('two suites on one port both answer, over HTTP and over UDP, or the option is refused', async () => {
  const [http, dns] = [await freePort(), await freePort()]
  const options = { services: ['http', 'dns'], reusePort: true, http: { port: http }, dns: { port: dns } } as const
  if (!isSupported()) {
    await expect(suiteFor(options)).rejects.toThrow('reusePort: needs Node 22.12 or newer on Linux; this is Node ')
    return
  }
  const suites = [await suiteFor(options), await suiteFor(options)]
  const recorders = suites.map(suite => recordEvents(suite.trace))
  for (let count = 0; count < CLIENTS; count += 1) {
    const headers = { connection: 'close' }
    expect((await fetch(`http://127.0.0.1:${http}/healthz`, { headers })).status).toBe(200)
    const server = { host: '127.0.0.1', port: dns }
    expect((await query({ name: 'www.fourwire.test', server }, {})).rcode).toBe('NOERROR')
  }
  for (const { events } of recorders) {
    const requests = events.filter(event => event.kind === 'message' && event.direction === 'request')
    expect(new Set(requests.map(({ protocol }) => protocol))).toEqual(new Set(['http', 'dns']))
  }
})

test('a process that does not share its port keeps others out', async () => {
  const port = await freePort()
  await suiteFor({ services: ['hello'], hello: { port } })
  const second = suiteFor({ services: ['hello'], hello: { port }, reusePort: true })
  await expect(second).rejects.toThrow(isSupported() ? 'port in use' : 'needs Node 22.12')
})

test.each([
  ['v22.12.0', 'linux'],
  ['v23.1.0', 'linux'],
  ['v24.0.0', 'linux'],
])('Node %s on %s can share ports', (version, platform) => {
  expect(() => checkReusePort(settings({}), { version, platform })).not.toThrow()
})

test.each([
  ['v20.19.0', 'linux', 'Node 20.19.0 on linux'],
  ['v22.11.0', 'linux', 'Node 22.11.0 on linux'],
  ['v24.1.0', 'darwin', 'Node 24.1.0 on darwin'],
  ['v24.1.0', 'win32', 'Node 24.1.0 on win32'],
])('Node %s on %s cannot', (version, platform, system) => {
  expect(() => checkReusePort(settings({}), { version, platform })).toThrow(
    `reusePort: needs Node 22.12 or newer on Linux; this is ${system}. ${ADVICE}`,
  )
})

test.each([
  [{ http: { port: 0 } }, 'http.port'],
  [{ freePorts: true }, 'http.port'],
  [{ tls: true, dns: { tlsPort: 0 } }, 'dns.tlsPort'],
])('%j has a port that nothing can share', (options, name) => {
  expect(() => checkReusePort(settings(options), { version: 'v24.0.0', platform: 'linux' })).toThrow(
    `reusePort: ${name} is 0, any free port, which no other process can know. Give every service a port of its own`,
  )
})

test('the ports of services that are not started, and of TLS without TLS, do not matter', () => {
  const options = { smtp: { port: 0 }, dns: { tlsPort: 0 } }
  expect(() => checkReusePort(settings(options), { version: 'v24.0.0', platform: 'linux' })).not.toThrow()
})

test('the command line names the flag', async () => {
  const args = ['start', 'hello', '--hello-port', '0', '--reuse-port']
  const { code, stderr } = await runInProcess(args, { cwd: await emptyFolder() })
  expect([code, stderr]).toEqual([
    2,
    'fourwire: --reuse-port: hello.port is 0, any free port, which no other process can know. Give every service a port of its own\n',
  ])
})
