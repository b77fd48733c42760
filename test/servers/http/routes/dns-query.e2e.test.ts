/** DNS over HTTPS (RFC 8484), over plain HTTP/1.1, where every byte can be looked at. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { http } from '../../../../servers/http/index.ts'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import type { Message, Question } from '../../../../shared/dns/message.ts'
import {
  type DnsQueryHandler,
  DnsQueryHandlerRegistry,
  type HttpsClient,
} from '../../../../shared/dns/query-handler.ts'
import { createTestContext } from '../../../helpers/context.ts'
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

/** What there is to see of an answer. */
async function seen(response: Response) {
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

const GOOD = { status: 200, type: TYPE, cache: 'max-age=30', id: 0x1234, rcode: 'NOERROR', answers: 2 }

describe('a query', () => {
  test('is a parameter of a GET, without padding', async () => {
    const { http } = await start()
    expect(await seen(await fetch(urlOf(http.url, query())))).toEqual(GOOD)
  })

  test('is the body of a POST, whatever the letters of its type', async () => {
    const { http } = await start()
    expect(await seen(await post(http.url, query()))).toEqual(GOOD)
    expect(await seen(await post(http.url, query(), 'Application/DNS-Message; x=y'))).toEqual(GOOD)
  })

  test('of a HEAD gets the fields alone', async () => {
    const { http } = await start()
    const response = await fetch(urlOf(http.url, query()), { method: 'HEAD' })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, TYPE])
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(12)
    expect(await response.text()).toBe('')
  })

  test('of which the answer is long gets it whole', async () => {
    const { http } = await start()
    const long = await fetch(urlOf(http.url, question('long.fourwire.test', 'TXT')))
    const { flags, answers } = decodeMessage(Buffer.from(await long.arrayBuffer()))
    expect([flags.tc, answers.length]).toEqual([false, 1])
  })

  test('that comes byte by byte, and waits to be asked for, is one', async () => {
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

  test('after the other on one connection is answered in its turn', async () => {
    const { http } = await start()
    const wire = await Wire.connect(http.port)
    const bytes = query().toString('latin1')
    const one = `POST /dns-query HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\nContent-Length: ${bytes.length}\r\n\r\n${bytes}`
    wire.send(`${one}${one}GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    const rest = await wire.readToEnd()
    expect(rest.match(/HTTP\/1.1 200 OK|"status": "ok"/g)).toHaveLength(4)
  })
})

describe('a response may be kept', () => {
  test.each([
    ['as long as its shortest TTL', 'alias.fourwire.test', 'A', 'max-age=20'],
    ['where there is no such name, as long as the SOA says', 'nope.fourwire.test', 'A', 'max-age=5'],
    ['where there is no such type, likewise', 'www.fourwire.test', 'MX', 'max-age=5'],
    ['not at all where it is a failure', 'www.example.org', 'A', 'no-store'],
  ] as const)('%s', async (_, name, type, cache) => {
    const { http } = await start()
    const response = await fetch(urlOf(http.url, question(name, type)))
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, cache])
  })
})

describe('what is wrong is told by a status', () => {
  const DEMAND = '400 Bad Request\nA query is in one parameter'
  test.each([
    ['/dns-query', DEMAND],
    ['/dns-query?name=www.fourwire.test', DEMAND],
    ['/dns-query?dns=AAAA&dns=AAAA', DEMAND],
    ['/dns-query?dns=', '400 Bad Request\nThe dns parameter is not base64url without padding.'],
    ['/dns-query?dns=AAAA==', '400 Bad Request\nThe dns parameter is not base64url without padding.'],
    ['/dns-query?dns=A%2BA/', '400 Bad Request\nThe dns parameter is not base64url without padding.'],
    ['/dns-query?dns=AAAAA', '400 Bad Request\nThe dns parameter is not base64url without padding.'],
    ['/dns-query?dns=AAAA', '400 Bad Request\nThat is no DNS query.'],
  ])('GET %s', async (target, said) => {
    const { http } = await start()
    const response = await fetch(new URL(target, http.url))
    expect(response.status).toBe(400)
    expect(await response.text()).toContain(said)
  })

  test('a response in the place of a query', async () => {
    const { http } = await start()
    expect((await post(http.url, query({ response: true }))).status).toBe(400)
  })

  test('a message that is broken is answered by DNS itself', async () => {
    const { http } = await start()
    const broken = Buffer.concat([query().subarray(0, 12), Buffer.from([63])])
    expect(await seen(await post(http.url, broken))).toMatchObject({ status: 200, rcode: 'FORMERR', cache: 'no-store' })
  })

  test('a body of another type, or of none', async () => {
    const { http } = await start()
    const other = await post(http.url, query(), 'application/dns-json')
    expect([other.status, other.headers.get('accept')]).toEqual([415, TYPE])
    expect(await other.text()).toContain('not application/dns-json')
    const none = await fetch(`${http.url}dns-query`, { method: 'POST', body: new Uint8Array(query()) })
    expect(await none.text()).toContain('none is given')
  })

  test('a method that is none of the two', async () => {
    const { http } = await start()
    const response = await fetch(`${http.url}dns-query`, { method: 'PUT', body: 'x' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS'])
  })

  test.each([
    ['that says so', `Content-Length: ${65_536}\r\n\r\n`],
    ['that turns out to be so', `Transfer-Encoding: chunked\r\n\r\n10001\r\n${'x'.repeat(0x10001)}\r\n0\r\n\r\n`],
  ])('a body longer than any message, %s', async (_, rest) => {
    const { http } = await start()
    const wire = await Wire.connect(http.port)
    wire.send(`POST /dns-query HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: ${TYPE}\r\n${rest}`)
    expect(await wire.line()).toBe('HTTP/1.1 413 Payload Too Large')
    wire.socket.end()
    expect(await wire.readToEnd()).toContain('More than 65535 bytes are not taken here.')
  })

  test.each([
    ['ends before it should', 'Content-Length: 100\r\n\r\nabc', true],
    ['is no chunk', 'Transfer-Encoding: chunked\r\n\r\nxyz\r\n', false],
  ])('a body that %s', async (_, rest, end) => {
    const { http } = await start()
    const wire = await Wire.connect(http.port)
    wire.send(`POST /dns-query HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\n${rest}`)
    if (end) wire.socket.end()
    expect(await wire.readToEnd()).toMatch(/^HTTP\/1.1 400 Bad Request\r\n[\s\S]*This is not an HTTP request\.\n$/)
    expect(await seen(await post(http.url, query()))).toEqual(GOOD)
  })

  test('a body that does not come in time', async () => {
    const { http } = await suiteFor({ services: ['http'], http: { requestTimeout: 100 } })
    const wire = await Wire.connect(http.port)
    wire.send(`POST /dns-query HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\nContent-Length: 100\r\n\r\nabc`)
    expect(await wire.readToEnd()).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n[\s\S]*did not arrive in time\.\n$/)
  })

  test('a client that is gone before its body is complete harms nobody', async () => {
    const { http } = await start()
    const wire = await Wire.connect(http.port)
    wire.send(`POST /dns-query HTTP/1.1\r\nHost: a\r\nContent-Type: ${TYPE}\r\nContent-Length: 100\r\n\r\nabc`)
    wire.socket.resetAndDestroy()
    expect(await seen(await post(http.url, query()))).toEqual(GOOD)
  })

  test('a transfer of a zone', async () => {
    const { http } = await start()
    const response = await fetch(urlOf(http.url, question('fourwire.test', 'AXFR')))
    const { rcode, answers } = await seen(response)
    expect(answers).toBe(0)
    expect(rcode).toMatch(/REFUSED|FORMERR/)
  })
})

test('without a DNS server in this process it says so, and how to have one', async () => {
  const { http } = await suiteFor({ services: ['http'] })
  const response = await fetch(urlOf(http.url, query()))
  expect([response.status, response.headers.get('cache-control')]).toEqual([503, 'no-store'])
  expect(await response.text()).toContain('fourwire start dns http')
})

test('a DNS server that has stopped is not asked', async () => {
  const slot = new DnsQueryHandlerRegistry()
  const first: DnsQueryHandler = { handle: () => Buffer.from('first') }
  const leave = slot.register(first)
  expect(slot.current).toBe(first)
  leave()
  expect(slot.current).toBeUndefined()
})

/** An HTTP server whose DNS server is this one. */
async function withNameServer(handle: DnsQueryHandler['handle']): Promise<{ url: string; logged: string[] }> {
  const nameServer = new DnsQueryHandlerRegistry()
  nameServer.register({ handle })
  const { context, logged } = await createTestContext({ nameServer, drainTime: 0 })
  const service = http.create(http.options.parse({ port: 0 }), context)
  onTestFinished(() => service.close())
  const [endpoint] = await service.listen()
  return { url: endpoint?.url ?? '', logged }
}

const RESPONSE = query({ response: true, answers: [record('www.fourwire.test', 'A', '127.0.0.1')] })

test('the DNS server knows who asks, and by what', async () => {
  const clients: HttpsClient[] = []
  const { url } = await withNameServer((_, client) => {
    clients.push(client)
    return RESPONSE
  })
  await post(url, query())
  expect(clients).toEqual([{ transport: 'https', address: '127.0.0.1', port: expect.any(Number) }])
})

test('a reply that takes time is waited for', async () => {
  const { url } = await withNameServer(async function* () {
    await new Promise(resolve => setImmediate(resolve))
    yield RESPONSE
  })
  expect(await seen(await post(url, query()))).toMatchObject({ status: 200, answers: 1, cache: 'max-age=60' })
})

test('a reply that comes to nothing, or fails, is 500, and the next one is served', async () => {
  let calls = 0
  const { url, logged } = await withNameServer(async function* () {
    calls += 1
    if (calls === 2) throw new Error('upstream on fire')
    if (calls === 3) yield RESPONSE
  })
  expect(
    [await post(url, query()), await post(url, query()), await post(url, query())].map(({ status }) => status),
  ).toEqual([500, 500, 200])
  expect(logged.join('')).toContain('upstream on fire')
})
