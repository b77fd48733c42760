/** A suite behind a balancer: every server sees its clients, and does not take the loopback address for safety. */
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { expect, onTestFinished, test } from 'vitest'
import { query } from '../../clients/dns/index.ts'
import { sendHello } from '../../clients/hello/index.ts'
import { request } from '../../clients/http/index.ts'
import type { SuiteOptions } from '../../shared/launcher/index.ts'
import { createLog } from '../../shared/log.ts'
import type { TraceEvent } from '../../shared/trace/event.ts'
import { Trace } from '../../shared/trace/trace.ts'
import { proxyLine, startBalancer } from '../helpers/balancer.ts'
import { recordEvents, suiteFor } from '../helpers/suite.ts'
import { Wire } from '../helpers/wire.ts'
import { ANONYMOUS_LOGIN, requestPassivePort, sendCommand } from './ftp/sessions.ts'

const CLIENT = '192.0.2.1'
/** As if the client had connected to the server's own address. */
const HEADER = proxyLine(CLIENT, '127.0.0.1', [56324, 443])

async function startSuite(options: SuiteOptions = {}) {
  const logged: string[] = []
  const log = await createLog('info', { write: line => logged.push(line) })
  const suite = await suiteFor({
    services: ['hello', 'http', 'ftp', 'smtp', 'dns'],
    proxyFrom: ['127.0.0.1'],
    log,
    ...options,
  })
  return { suite, logged }
}

/** Connects with a header. */
async function connect(port: number, header = HEADER): Promise<Wire> {
  const wire = await Wire.connect(port)
  wire.send(header)
  return wire
}

test('client and server give a conversation the same id', async () => {
  const { suite } = await startSuite()
  const recorder = recordEvents(suite.trace)
  const own = recordEvents(new Trace())
  const { trace } = own
  const at = async (port: number) => ({ host: '127.0.0.1', port: await startBalancer(port) })
  await sendHello(await at(suite.hello.port), { trace })
  const http = await at(suite.http.port)
  await request({ url: `http://127.0.0.1:${http.port}/healthz` }, { trace })
  await query({ name: 'www.fourwire.test', tcp: true, server: await at(suite.dns.port) }, { trace })
  for (const protocol of ['hello', 'http', 'dns'] as const) {
    const isMessage = (event: TraceEvent) => event.kind === 'message' && event.protocol === protocol
    const [server, client] = [await recorder.until(isMessage), await own.until(isMessage)]
    expect(server.conversation, protocol).toBe(client.conversation)
  }
})

test('the log, and the Received field of a message, name the client', async () => {
  const { suite, logged } = await startSuite()
  const hello = await connect(suite.hello.port)
  hello.send('hi')
  await hello.readToEnd()
  const smtp = await connect(suite.smtp.port)
  await smtp.play(`
    S: 220 *
    C: HELO client.example
    S: 250 *
    C: MAIL FROM:<ann@client.example>
    S: 250 *
    C: RCPT TO:<bob@fourwire.test>
    S: 250 *
    C: DATA
    S: 354 *
    C: Subject: x
    C: .
    S: 250 *
  `)
  const [mail] = await suite.mail.list()
  const raw = Buffer.from((await suite.mail.raw(mail?.id ?? '')) ?? []).toString()
  expect(raw).toContain(`Received: from client.example ([${CLIENT}])`)
  expect(logged.map(line => JSON.parse(line))).toContainEqual(
    expect.objectContaining({ client: `${CLIENT}:56324`, msg: 'hello: connected' }),
  )
})

test('HTTP: requests in the segment of the header, several at once, and HTTP/2 without TLS', async () => {
  const { suite } = await startSuite()
  const get = 'GET /healthz HTTP/1.1\r\nHost: a\r\n'
  const wire = await connect(suite.http.port, `${HEADER}${get}\r\n${get}Connection: close\r\n\r\n`)
  expect((await wire.readToEnd()).match(/HTTP\/1\.1 200/g)).toHaveLength(2)
  const http2 = connectHttp2(`http://127.0.0.1:${await startBalancer(suite.http.port)}`)
  onTestFinished(() => http2.close())
  const stream = http2.request({ ':path': '/healthz' })
  const [headers] = await once(stream.resume(), 'response')
  expect(headers[':status']).toBe(200)
})

test('no demonstration accounts exist, mail needs an account, and any host name is right', async () => {
  const { suite } = await startSuite()
  expect(suite.env().FTP_USER).toBeUndefined()
  expect(await suite.accounts.list()).toEqual([])
  const mail = await connect(suite.http.port, `${HEADER}GET /mail HTTP/1.1\r\nHost: mail.example.org\r\n\r\n`)
  expect(await mail.line()).toBe('HTTP/1.1 401 Unauthorized')
  await suite.accounts.add({ name: 'ann', password: 'secret' })
  const body = JSON.stringify({ user: 'ann', password: 'secret' })
  const head = `Host: mail.example.org\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  const signIn = await connect(suite.http.port, `${HEADER}POST /api/sign-in HTTP/1.1\r\n${head}${body}`)
  expect(await signIn.line()).toBe('HTTP/1.1 200 OK')
})

test('SMTP: the trace of STARTTLS has the address of the client, also if it begins later', async () => {
  const { suite } = await startSuite({ tls: true })
  const wire = await connect(suite.smtp.port)
  await wire.play('S: 220 *\nC: STARTTLS\nS: 220 *')
  const secure = await wire.startTls()
  const recorder = recordEvents(suite.trace)
  await secure.play('C: HELO client.example\nS: 250 *')
  const { conversation } = await recorder.until(({ kind }) => kind === 'message')
  expect(conversation).toContain(`${CLIENT}:56324`)
})

const FTP_CLIENT = '127.0.0.2'

/** Opens an FTP session as a client that has connected to this address of the balancer. */
async function ftpSession(balancer: string) {
  const { suite } = await startSuite({ ftp: { dataTimeout: 60_000 } })
  const wire = await connect(suite.ftp.port, proxyLine(FTP_CLIENT, balancer, [56324, 21]))
  await wire.play(ANONYMOUS_LOGIN)
  return wire
}

/** Downloads a file; connections to the port from other addresses than the client's are rejected. */
async function downloadFrom(wire: Wire, port: number): Promise<string> {
  expect(await (await Wire.connect(port)).readToEnd()).toBe('')
  const data = await Wire.connect(port, '127.0.0.1', FTP_CLIENT)
  await wire.play('C: RETR /files/hello.txt\nS: 150 *')
  return data.readToEnd()
}

/** Returns the port of a reply to PASV. */
async function passivePort(wire: Wire): Promise<number> {
  const reply = await sendCommand(wire, 'PASV')
  const [, high, low] = /\(127,0,0,1,(\d+),(\d+)\)$/.exec(reply) ?? []
  return Number(high) * 256 + Number(low)
}

test('FTP: behind a balancer of the same machine, data connections go to the address of the control connection', async () => {
  const wire = await ftpSession('127.0.0.1')
  expect(await downloadFrom(wire, await passivePort(wire))).toBe('Hello from Fourwire.\n')
  await wire.play('S: 226 *')
  expect(await downloadFrom(wire, await requestPassivePort(wire))).toBe('Hello from Fourwire.\n')
})

test('FTP: behind a balancer of another machine, PASV gives the address of this machine, and EPSV is refused', async () => {
  const wire = await ftpSession('198.51.100.7')
  await wire.play('C: EPSV\nS: 502 Not behind a balancer; use PASV')
  expect(await downloadFrom(wire, await passivePort(wire))).toBe('Hello from Fourwire.\n')
})

test.each([
  [{ proxyFrom: ['localhost'] }, 'must be an IP address, or a network such as 10.0.0.0/8 (given: "localhost")'],
  [{ proxyFrom: ['10.0.0.0/33'] }, '(given: "10.0.0.0/33")'],
])('%j is refused', async (options, message) => {
  await expect(startSuite(options)).rejects.toThrow(`${message}`)
})
