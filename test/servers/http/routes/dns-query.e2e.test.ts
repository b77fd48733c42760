/** DNS over HTTPS (RFC 8484), over HTTP/1.1 without TLS, so that the tests can check bytes on the wire. */
import { describe, expect, test } from 'vitest'
import { http } from '../../../../servers/http/index.ts'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import type { Message, Question } from '../../../../shared/dns/message.ts'
import {
  type DnsQueryHandler,
  DnsQueryHandlerRegistry,
  type HttpsClient,
} from '../../../../shared/dns/query-handler.ts'
import { startService } from '../../../helpers/service.ts'
import { suiteFor } from '../../../helpers/suite.ts'
import { Wire } from '../../../helpers/wire.ts'
import { message, record } from '../../../shared/dns/messages.ts'

const ZONE_TEXT = `$ORIGIN fourwire.test.
@ 60 SOA ns host 1 2 3 4 5
@ 60 NS ns
www 30 A 127.0.0.1
www 30 A 127.0.0.2
alias 20 CNAME www
long 60 TXT ${Array.from({ length: 60 }, () => `"${'x'.repeat(250)}"`).join(' ')}
`
const DNS = { publish: false, zones: [{ origin: 'fourwire.test', text: ZONE_TEXT }] }
const TYPE = 'application/dns-message'

const query = (change: Partial<Message> = {}) => encodeMessage(message(change))
const question = (name: string, type: Question['type'] = 'A') =>
  query({ id: 0, questions: [{ name, type, class: 'IN' }] })

const start = () => suiteFor({ services: ['dns', 'http'], dns: DNS })

const urlOf = (base: string, bytes: Uint8Array) => `${base}dns-query?dns=${Buffer.from(bytes).toString('base64url')}`
const post = (base: string, body: Uint8Array, type = TYPE) =>
  fetch(`${base}dns-query`, { method: 'POST', body: new Uint8Array(body), headers: { 'content-type': type } })

/** Returns the parts of a response that a test checks. */
async function summarize(response: Response) {
  const { status, headers } = response
  const message = decodeMessage(Buffer.from(await response.arrayBuffer()))
  return {
    status,
    type: headers.get('content-type'),
    cache: headers.get('cache-control'),
    id: message.id,
    rcode: message.rcode,
    answers: message.answers.length,
  }
}

const SUCCESS = { status: 200, type: TYPE, cache: 'max-age=30', id: 0x1234, rcode: 'NOERROR', answers: 2 }

describe('DNS over HTTPS', () => {
  test('answers a query in the parameter of a GET', async () => {
    const { http } = await start()
    expect(await summarize(await fetch(urlOf(http.url, query())))).toEqual(SUCCESS)
  })

  test('answers a query in the body of a POST, whatever the case of its media type', async () => {
    const { http } = await start()
    expect(await summarize(await post(http.url, query()))).toEqual(SUCCESS)
    expect(await summarize(await post(http.url, query(), 'Application/DNS-Message; x=y'))).toEqual(SUCCESS)
  })

  test('responds to HEAD with the header fields only', async () => {
    const { http } = await start()
    const response = await fetch(urlOf(http.url, query()), { method: 'HEAD' })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, TYPE])
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(12)
    expect(await response.text()).toBe('')
  })

  test('sends a long response whole', async () => {
    const { http } = await start()
    const long = await fetch(urlOf(http.url, question('long.fourwire.test', 'TXT')))
    const { flags, answers } = decodeMessage(Buffer.from(await long.arrayBuffer()))
    expect([flags.tc, answers.length]).toEqual([false, 1])
  })

  test('sends 100 Continue, and accepts a body that arrives byte by byte', async () => {
    const { http } = await start()
    const wire = await Wire.connect(http.port)
    const bytes = query()
    wire.send(
      `POST /dns-query HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\nContent-Length: ${bytes.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`,
    )
    expect([await wire.line(), await wire.line()]).toEqual(['HTTP/1.1 100 Continue', ''])
    for (const byte of bytes) {
      wire.send(Uint8Array.of(byte))
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(await wire.line()).toBe('HTTP/1.1 200 OK')
    expect(await wire.readToEnd()).toContain(`Content-Type: ${TYPE}`)
  })

  test('answers pipelined queries in order', async () => {
    const { http } = await start()
    const wire = await Wire.connect(http.port)
    const bytes = query().toString('latin1')
    const pipelined = `POST /dns-query HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\nContent-Length: ${bytes.length}\r\n\r\n${bytes}`
    wire.send(`${pipelined}${pipelined}GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    const responses = await wire.readToEnd()
    expect(responses.match(/HTTP\/1.1 200 OK|"status": "ok"/g)).toHaveLength(4)
  })
})

describe('a response may be cached', () => {
  test.each([
    ['for its shortest TTL', 'alias.fourwire.test', 'A', 'max-age=20'],
    ['for the time in the SOA record if the name does not exist', 'nope.fourwire.test', 'A', 'max-age=5'],
    ['for the time in the SOA record if the type does not exist', 'www.fourwire.test', 'MX', 'max-age=5'],
    ['not at all if it is a failure', 'www.example.org', 'A', 'no-store'],
  ] as const)('%s', async (_, name, type, cache) => {
    const { http } = await start()
    const response = await fetch(urlOf(http.url, question(name, type)))
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, cache])
  })
})

describe('errors', () => {
  const PARAMETER_MISSING = '400 Bad Request\nSend the query in one dns parameter'
  test.each([
    ['/dns-query', PARAMETER_MISSING],
    ['/dns-query?name=www.fourwire.test', PARAMETER_MISSING],
    ['/dns-query?dns=AAAA&dns=AAAA', PARAMETER_MISSING],
    ['/dns-query?dns=', '400 Bad Request\nThe dns parameter is not base64url without padding.'],
    ['/dns-query?dns=AAAA==', '400 Bad Request\nThe dns parameter is not base64url without padding.'],
    ['/dns-query?dns=A%2BA/', '400 Bad Request\nThe dns parameter is not base64url without padding.'],
    ['/dns-query?dns=AAAAA', '400 Bad Request\nThe dns parameter is not base64url without padding.'],
    ['/dns-query?dns=AAAA', '400 Bad Request\nThe message is not a DNS query.'],
  ])('GET %s is 400', async (target, text) => {
    const { http } = await start()
    const response = await fetch(new URL(target, http.url))
    expect(response.status).toBe(400)
    expect(await response.text()).toContain(text)
  })

  test('a DNS response instead of a query is 400', async () => {
    const { http } = await start()
    expect((await post(http.url, query({ response: true }))).status).toBe(400)
  })

  test('a malformed message gets FORMERR from the DNS server', async () => {
    const { http } = await start()
    const malformed = Buffer.concat([query().subarray(0, 12), Buffer.from([63])])
    expect(await summarize(await post(http.url, malformed))).toMatchObject({
      status: 200,
      rcode: 'FORMERR',
      cache: 'no-store',
    })
  })

  test('a body of another media type, or of none, is 415', async () => {
    const { http } = await start()
    const other = await post(http.url, query(), 'application/dns-json')
    expect([other.status, other.headers.get('accept')]).toEqual([415, TYPE])
    expect(await other.text()).toContain('not application/dns-json')
    const none = await fetch(`${http.url}dns-query`, { method: 'POST', body: new Uint8Array(query()) })
    expect(await none.text()).toContain('none is given')
  })

  test('a method other than GET and POST is 405', async () => {
    const { http } = await start()
    const response = await fetch(`${http.url}dns-query`, { method: 'PUT', body: 'x' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS'])
  })

  test.each([
    ['by its Content-Length', `Content-Length: ${65_536}\r\n\r\n`],
    ['by its chunks', `Transfer-Encoding: chunked\r\n\r\n10001\r\n${'x'.repeat(0x10001)}\r\n0\r\n\r\n`],
  ])('a body that is longer than any DNS message %s is 413', async (_, rest) => {
    const { http } = await start()
    const wire = await Wire.connect(http.port)
    wire.send(`POST /dns-query HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: ${TYPE}\r\n${rest}`)
    expect(await wire.line()).toBe('HTTP/1.1 413 Content Too Large')
    wire.socket.end()
    expect(await wire.readToEnd()).toContain('The body of the request is longer than 65535 bytes.')
  })

  test.each([
    ['ends early', 'Content-Length: 100\r\n\r\nabc', true, 'The body of the request ended early.'],
    [
      'is not chunked as declared',
      'Transfer-Encoding: chunked\r\n\r\nxyz\r\n',
      false,
      'The size of a chunk must be a hexadecimal number.',
    ],
  ])('a body that %s is 400', async (_, rest, end, reason) => {
    const { http } = await start()
    const wire = await Wire.connect(http.port)
    wire.send(`POST /dns-query HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\n${rest}`)
    if (end) wire.socket.end()
    const response = await wire.readToEnd()
    expect(response).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/)
    expect(response).toContain(`\r\n\r\n400 Bad Request\n${reason}\n`)
    expect(await summarize(await post(http.url, query()))).toEqual(SUCCESS)
  })

  test('a body that does not arrive in time is 408', async () => {
    const { http } = await suiteFor({ services: ['http'], http: { requestTimeout: 1000 } })
    const wire = await Wire.connect(http.port)
    wire.send(`POST /dns-query HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\nContent-Length: 100\r\n\r\nabc`)
    expect(await wire.readToEnd()).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n[\s\S]*did not arrive in time\.\n$/)
  })

  test('a client that disconnects within its body does not affect other clients', async () => {
    const { http } = await start()
    const wire = await Wire.connect(http.port)
    wire.send(`POST /dns-query HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\nContent-Length: 100\r\n\r\nabc`)
    wire.socket.resetAndDestroy()
    expect(await summarize(await post(http.url, query()))).toEqual(SUCCESS)
  })

  test('refuses a zone transfer', async () => {
    const { http } = await start()
    const response = await fetch(urlOf(http.url, question('fourwire.test', 'AXFR')))
    const { rcode, answers } = await summarize(response)
    expect(answers).toBe(0)
    expect(rcode).toMatch(/REFUSED|FORMERR/)
  })
})

test('responds with 503 and the command to start both, if no DNS server runs in this process', async () => {
  const { http } = await suiteFor({ services: ['http'] })
  const response = await fetch(urlOf(http.url, query()))
  expect([response.status, response.headers.get('cache-control')]).toEqual([503, 'no-store'])
  expect(await response.text()).toContain('fourwire start dns http')
})

test('the registry has no handler after the DNS server has closed', () => {
  const registry = new DnsQueryHandlerRegistry()
  const handler: DnsQueryHandler = { handle: () => Buffer.from('response') }
  const unregister = registry.register(handler)
  expect(registry.current).toBe(handler)
  unregister()
  expect(registry.current).toBeUndefined()
})

/** Starts an HTTP server whose DNS server is `handle`. */
async function startWithNameServer(handle: DnsQueryHandler['handle']): Promise<{ url: string; logged: string[] }> {
  const nameServer = new DnsQueryHandlerRegistry()
  nameServer.register({ handle })
  return startService(http, {}, { nameServer, drainTime: 0 })
}

const RESPONSE = query({ response: true, answers: [record('www.fourwire.test', 'A', '127.0.0.1')] })

test('passes the address of the client and the transport to the DNS server', async () => {
  const clients: HttpsClient[] = []
  const { url } = await startWithNameServer((_, client) => {
    clients.push(client)
    return RESPONSE
  })
  await post(url, query())
  expect(clients).toEqual([{ transport: 'https', address: '127.0.0.1', port: expect.any(Number) }])
})

test('waits for an asynchronous response', async () => {
  const { url } = await startWithNameServer(async function* () {
    await new Promise(resolve => setImmediate(resolve))
    yield RESPONSE
  })
  expect(await summarize(await post(url, query()))).toMatchObject({ status: 200, answers: 1, cache: 'max-age=60' })
})

test('responds with 500 if the DNS server sends no response or fails, and answers the next query', async () => {
  let calls = 0
  const { url, logged } = await startWithNameServer(async function* () {
    calls += 1
    if (calls === 2) throw new Error('upstream on fire')
    if (calls === 3) yield RESPONSE
  })
  expect(
    [await post(url, query()), await post(url, query()), await post(url, query())].map(({ status }) => status),
  ).toEqual([500, 500, 200])
  expect(logged.join('')).toContain('upstream on fire')
})
