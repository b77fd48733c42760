import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { query } from '../../../../clients/dns/index.ts'
import { sendHello } from '../../../../clients/hello/index.ts'
import { request } from '../../../../clients/http/index.ts'
import { hello } from '../../../../servers/hello/index.ts'
import {
  BindError,
  createContext,
  createLog,
  startSuite,
  Trace,
  type TraceEvent,
  UnreachableError,
  UsageError,
} from '../../../../shared/launcher/index.ts'
import { createLocate } from '../../../../shared/launcher/locate.ts'
import { emptyFolder } from '../../../helpers/cli.ts'
import { freePort } from '../../../helpers/free-port.ts'
import { ROOT } from '../../../helpers/pure.ts'
import { suiteFor } from '../../../helpers/suite.ts'

test('startSuite starts the given services on free ports, and close stops them', async () => {
  const suite = await startSuite({ services: ['dns', 'http'], dns: { port: 0 } })
  expect(suite.endpoints.map(({ service, transport }) => `${service} ${transport}`)).toEqual([
    'dns udp',
    'dns tcp',
    'http tcp',
  ])
  expect(suite.dns.port).toBeGreaterThan(0)
  expect(suite.http.url).toBe(`http://127.0.0.1:${suite.http.port}/`)
  expect(existsSync(suite.dataFolder)).toBe(true)
  await suite.close()
  await suite.close()
  expect(existsSync(suite.dataFolder)).toBe(false)
  await expect(sendHello({ port: suite.http.port })).rejects.toThrow(UnreachableError)
})

test('startSuite starts all services by default', async () => {
  const suite = await suiteFor({})
  const { hello, http, ftp, smtp, dns } = suite
  expect(new Set([hello, http, ftp, smtp, dns].map(({ port }) => port)).size).toBe(5)
})

test('the trace has the events of every service', async () => {
  const suite = await suiteFor({ services: ['hello', 'http'] })
  const events: TraceEvent[] = []
  const off = suite.trace.on(event => events.push(event))
  await sendHello({ port: suite.hello.port })
  const reply = await request({ url: suite.http.url })
  await reply.text()
  expect(new Set(events.map(({ protocol }) => protocol))).toEqual(new Set(['hello', 'http']))
  off()
})

test('serves zones given as text; without publish, DNS has no records of services', async () => {
  const text = '$TTL 60\n@ SOA ns hostmaster 1 1h 10m 1d 60\n@ NS ns\nns A 127.0.0.1\napi A 127.0.0.9\n'
  const suite = await suiteFor({
    services: ['dns', 'hello'],
    dns: { zones: [{ origin: 'example.test', text }], publish: false },
  })
  const server = { host: suite.dns.host, port: suite.dns.port }
  const own = await query({ name: 'api.example.test', server })
  expect(own.answers).toMatchObject([{ type: 'A', data: '127.0.0.9' }])
  expect((await query({ name: 'hello.fourwire.test', server })).rcode).toBe('REFUSED')
})

test('if a service cannot bind, closes the services that already started', async () => {
  const blocker = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => {
    blocker.close()
  })
  await once(blocker, 'listening')
  const { port } = blocker.address() as { port: number }
  const free = await freePort()
  const attempt = startSuite({ services: ['http', 'hello'], http: { port: free }, hello: { port } })
  await expect(attempt).rejects.toThrow(BindError)
  await expect(attempt).rejects.toThrow(`cannot listen on 127.0.0.1:${port} (hello): port in use`)
  await expect(sendHello({ port: free })).rejects.toThrow(UnreachableError)
})

test.each([
  [{ hello: { port: 70_000 } }, 'hello.port: must be a whole number from 0 to 65535 (given: 70000)'],
  [{ services: ['gopher'] }, 'services.0: must be one of hello, http, ftp, smtp, dns (given: "gopher")'],
  [{ helo: {} }, 'helo: unknown option. Did you mean `hello`?'],
])('rejects %j with a UsageError', async (options, message) => {
  const attempt = startSuite(options as never)
  await expect(attempt).rejects.toThrow(UsageError)
  await expect(attempt).rejects.toThrow(message)
})

test('options and services are typed', async () => {
  // @ts-expect-error a port is a number
  await expect(startSuite({ dns: { port: 'abc' } })).rejects.toThrow('dns.port')
  const suite = await suiteFor({ services: ['hello'] })
  // @ts-expect-error the suite has only the started services
  expect(suite.dns).toBeUndefined()
  expect(suite.hello.port satisfies number).toBeGreaterThan(0)
})

test('a service runs without a suite, in a context from createContext', async () => {
  const context = await createContext({ dataFolder: await emptyFolder() })
  const service = hello.create(hello.options.parse({ port: 0 }), context)
  onTestFinished(() => service.close())
  const [endpoint] = await service.listen()
  expect((await sendHello({ port: endpoint?.port })).text).toBe('Hello from server')
})

test('the host option starts a suite on IPv6', async () => {
  const suite = await suiteFor({ services: ['hello', 'dns'], host: '::1' })
  expect(suite.hello.url).toBe(`tcp://[::1]:${suite.hello.port}`)
  expect((await sendHello(suite.hello)).text).toBe('Hello from server')
  const { answers } = await query({ name: 'hello.fourwire.test', type: 'AAAA', server: suite.dns })
  expect(answers).toMatchObject([{ type: 'AAAA', data: '::1' }])
})

test('suites on the same data folder publish the services of each other', async () => {
  const data = path.join(await emptyFolder(), 'data')
  const nameServer = await suiteFor({ services: ['dns'], data })
  const changed = new Promise<void>(resolve => {
    nameServer.directory.onChange(() => {
      if (nameServer.directory.endpoints().some(({ service }) => service === 'hello')) resolve()
    })
  })
  const greeter = await suiteFor({ services: ['hello'], data })
  await changed
  const locate = createLocate(nameServer.endpoints, nameServer.trace, 5000)
  expect(await locate({ service: 'hello', host: 'hello.fourwire.test' })).toEqual({
    host: '127.0.0.1',
    port: greeter.hello.port,
  })
})

test('locates a name in the zone with DNS: SRV gives the port; without SRV, it is the port of the running service', async () => {
  const suite = await suiteFor({ services: ['dns', 'hello', 'http'] })
  const locate = createLocate(suite.endpoints, suite.trace, 5000)
  const { host, port } = suite.http
  expect(await locate({ service: 'http', host: 'www.fourwire.test' })).toEqual({ host, port })
  expect(await locate({ service: 'http', host: 'www.fourwire.test', port: 1 })).toEqual({ host, port: 1 })
  expect(await locate({ service: 'http' })).toEqual({ host, port })
  expect(await locate({ service: 'http', host: 'hello.fourwire.test' })).toEqual({ host, port })
  expect(await locate({ service: 'dns', host: 'ns.fourwire.test' })).toEqual({ host, port: suite.dns.port })
  await expect(locate({ service: 'http', host: 'nowhere.fourwire.test' })).rejects.toThrow(
    'could not reach nowhere.fourwire.test: DNS has no address for that name',
  )
})

test.each([
  ['hello', 5000],
  ['http', 80],
  ['ftp', 21],
  ['smtp', 25],
  ['dns', 53],
])('locates %s on another host at the standard port', async (service, port) => {
  const locate = createLocate([], new Trace(), 5000)
  expect(await locate({ service, host: '192.0.2.1' })).toEqual({ host: '192.0.2.1', port })
  expect(await locate({ service, host: '192.0.2.1', port: 7 })).toEqual({ host: '192.0.2.1', port: 7 })
})

test('locates a service at its default port if no suite is running', async () => {
  const suite = await suiteFor({ services: ['hello'] })
  const locate = createLocate([], suite.trace, 5000)
  expect(await locate({ service: 'hello' })).toEqual({ host: '127.0.0.1', port: 5000 })
})

test('locates the TLS ports of names in the zone if TLS is requested', async () => {
  const suite = await suiteFor({ services: ['dns', 'http'], tls: true })
  const portOf = (name: string) =>
    suite.endpoints.find(({ service, transport }) => service === name && transport === 'tls')?.port
  const locate = createLocate(suite.endpoints)
  const host = '127.0.0.1'
  expect(await locate({ service: 'http', host: 'www.fourwire.test', tls: true })).toEqual({
    host,
    port: portOf('http'),
  })
  expect(await locate({ service: 'dns', host: 'ns.fourwire.test', tls: true })).toEqual({
    host,
    port: portOf('dns'),
  })
  expect(await locate({ service: 'http', host: 'www.fourwire.test' })).toEqual({ host, port: suite.http.port })
})

test('logs the error of a throwing listener once, with its stack', async () => {
  const logged: string[] = []
  const log = await createLog('error', { write: line => logged.push(line) })
  const suite = await suiteFor({ services: ['hello'], log })
  suite.trace.on(() => {
    throw new Error('my listener is broken')
  })
  await sendHello(suite.hello)
  const [line = '', ...more] = logged.map(text => JSON.parse(text))
  expect(more).toEqual([])
  expect(line).toMatchObject({ msg: 'trace listener failed', err: { message: 'my listener is broken' } })
  expect(line.err.stack).toContain('suite.e2e.test.ts')
})

test('without a log, the error of a throwing listener becomes one process warning', async () => {
  const warnings: (Error & { detail?: string })[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  onTestFinished(() => {
    process.off('warning', onWarning)
  })
  const suite = await suiteFor({ services: ['hello'] })
  suite.trace.on(() => {
    throw new Error('my listener is broken')
  })
  await sendHello(suite.hello)
  const ours = warnings.filter(({ name }) => name === 'FourwireWarning')
  expect(ours.map(({ message }) => message)).toEqual(['trace listener failed'])
  expect(ours[0]?.detail).toContain('my listener is broken')
})

/** Prints the data folder of a suite and ends the process without closing the suite. */
const NEVER_CLOSED = `
import { startSuite } from ${JSON.stringify(path.join(ROOT, 'dist/shared/launcher/index.js'))}
const suite = await startSuite({ services: ['hello'] })
process.stdout.write(suite.dataFolder, () => process.exit(0))
`

test('removes the temporary folder at process exit if the suite was not closed', () => {
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', NEVER_CLOSED], { encoding: 'utf8' })
  expect(path.basename(stdout)).toMatch(/^fourwire-/)
  expect(existsSync(stdout)).toBe(false)
})
