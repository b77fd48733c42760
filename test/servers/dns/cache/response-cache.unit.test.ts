import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ResponseCache } from '../../../../servers/dns/cache/response-cache.ts'
import { Cookies } from '../../../../servers/dns/edns/cookies.ts'
import { RateLimit } from '../../../../servers/dns/limits/rate-limit.ts'
import { NameServer, type NameServerOptions } from '../../../../servers/dns/name-server.ts'
import { type Client, type Query, responseTo } from '../../../../servers/dns/query/query.ts'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { OPTION_CODES } from '../../../../shared/dns/edns-options.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import { type Message, NO_FLAGS } from '../../../../shared/dns/message.ts'
import { silentLog } from '../../../../shared/log.ts'
import { message, record } from '../../../shared/dns/messages.ts'
import { zone, zones } from '../zones.ts'

const ZONES = zones(
  zone(
    `
www A 127.0.0.1
web CNAME www
*.wild TXT "anything"
old DNAME wild
sub NS ns.sub
ns.sub A 127.0.0.53
mail MX 10 www
many TXT ${Array.from({ length: 40 }, () => `"${'x'.repeat(40)}"`).join(' ')}
`,
  ),
)
const NEAR: Client = { transport: 'udp', address: '127.0.0.1', port: 4444 }
const FAR: Client = { ...NEAR, address: '192.0.2.1' }
const WWW = { name: 'www.test', type: 'A', class: 'IN' } as const

const server = (parts: Partial<NameServerOptions> = {}) =>
  new NameServer({ store: { zones: ZONES, version: 1 }, amplification: 3, log: silentLog, ...parts })
const queryFor = (change: Partial<Message> = {}) => encodeMessage(message({ questions: [WWW], ...change }))

function reply(server: NameServer, query: Buffer, client = NEAR): Buffer {
  const response = server.handle(query, client)
  if (!Buffer.isBuffer(response)) throw new Error('no single response')
  return response
}

const anyQuestion = fc.record({
  name: fc
    .constantFrom('www', 'WwW', 'web', 'a.wild', 'b.old', 'sub', 'x.sub', 'mail', 'many', 'none', 'wild')
    .map(label => `${label}.test`),
  type: fc.constantFrom('A', 'TXT', 'MX', 'ANY', 'SOA', 'AXFR'),
  class: fc.constantFrom('IN', 'CH', 'ANY'),
} as const)
const anyQuery = fc.record({
  id: fc.nat(0xffff),
  questions: fc.array(anyQuestion, { maxLength: 2, minLength: 1 }),
  flags: fc.boolean().map(rd => ({ ...NO_FLAGS, rd })),
  edns: fc.option(
    fc.record({
      version: fc.constantFrom(0, 0, 0, 1),
      udpPayloadSize: fc.constantFrom(512, 1232),
      dnssecOk: fc.boolean(),
      options: fc.constantFrom([], [{ code: OPTION_CODES.NSID, data: Buffer.alloc(0) }]),
    }),
    { nil: undefined },
  ),
} as const)
const anyClient = fc.constantFrom<Client>(NEAR, FAR, { ...FAR, transport: 'tcp' }, { ...FAR, transport: 'tls' })

test('a repeated query gets the same bytes as the first, from any client and in any order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyQuery, anyClient), { minLength: 2, maxLength: 40 }), queries => {
      const one = server()
      for (const [change, client] of [...queries, ...queries, ...queries]) {
        const query = queryFor(change)
        expect(one.handle(query, client)).toEqual(server().handle(query, client))
      }
    }),
    { numRuns: 50 },
  )
})

test('each response has the id of its query and its own bytes', () => {
  const one = server()
  const responses = [1, 2, 3, 4].map(id => reply(one, queryFor({ id })))
  expect(responses.map(response => decodeMessage(response).id)).toEqual([1, 2, 3, 4])
})

test('a change of the zones affects the next query', () => {
  const store = { zones: ZONES, version: 1 }
  const one = server({ store })
  for (let time = 0; time < 3; time++) reply(one, queryFor())
  store.zones = zones(zone('www A 127.0.0.2\n'))
  store.version++
  expect(decodeMessage(reply(one, queryFor())).answers).toMatchObject([{ data: '127.0.0.2' }])
})

test('cached responses count for the rate limit and are truncated like others', () => {
  const one = server({ rateLimit: new RateLimit({ perSecond: 2 }), now: () => 1 })
  const edns = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [] }
  const sizes = Array.from({ length: 6 }, () => {
    const response = one.handle(queryFor({ edns }), FAR)
    return Buffer.isBuffer(response) ? response.length : response
  })
  const [full, truncated] = [reply(server(), queryFor({ edns }), FAR).length, queryFor({ edns }).length]
  expect(sizes).toEqual([full, full, undefined, truncated, undefined, truncated])
})

test('a response with a cookie is not cached', () => {
  let now = 1_600_000_000
  const one = server({ cookies: new Cookies(Buffer.alloc(16)), now: () => now })
  const options = [{ code: OPTION_CODES.COOKIE, data: Buffer.alloc(8) }]
  const query = queryFor({ edns: { version: 0, udpPayloadSize: 1232, dnssecOk: false, options } })
  const first = reply(one, query)
  now += 10
  expect(reply(one, query)).not.toEqual(first)
})

test('only cacheable responses of a handler are cached, after the second query', () => {
  const calls = (cacheable: boolean) => {
    let count = 0
    const handle = ({ message }: Query) => {
      count++
      return { ...responseTo(message), cacheable }
    }
    const one = server({ handlers: { QUERY: [{ handle }] } })
    for (let time = 0; time < 4; time++) reply(one, queryFor())
    return count
  }
  expect([calls(false), calls(true)]).toEqual([4, 2])
})

test('clients of different classes do not share responses', () => {
  const clientClass = ({ port }: Client) => String(port)
  const handle = ({ message, client: { port } }: Query) => ({
    ...responseTo(message),
    answers: [record('www.test', 'A', `192.0.2.${port}`)],
    cacheable: true,
  })
  const one = server({ handlers: { QUERY: [{ handle }] }, clientClass })
  const addresses = [1, 2, 1, 2, 1, 2].map(
    port => decodeMessage(reply(one, queryFor(), { ...NEAR, port })).answers[0]?.data,
  )
  expect(addresses).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.2'])
})

describe('bounds', () => {
  const query = (text: string) => Buffer.from(`id${text}`)
  const answer = (text: string) => ({ response: Buffer.from(`id${text}`), edns: false })
  const found = (cache: ResponseCache, text: string) => cache.find(query(text), 'udp', 1) !== undefined

  test('entries in use stay, others are evicted', () => {
    const cache = new ResponseCache({ entries: 2, bytes: 1000 })
    cache.find(query('often'), 'udp', 1)
    cache.add(query('often'), 'udp', answer('often'))
    for (const text of ['a', 'b', 'c', 'd', 'e']) {
      cache.add(query(text), 'udp', answer(text))
      expect(found(cache, 'often')).toBe(true)
    }
    expect(['a', 'b', 'e'].map(text => found(cache, text))).toEqual([false, false, true])
  })

  test('entries are evicted by bytes as by number', () => {
    const cache = new ResponseCache({ entries: 100, bytes: 100 })
    cache.find(query('a'), 'udp', 1)
    for (const text of ['a', 'b', 'c']) cache.add(query(text), 'udp', answer('x'.repeat(100)))
    expect(['a', 'b', 'c'].map(text => found(cache, text))).toEqual([false, true, true])
  })

  test('does not cache long queries', () => {
    const cache = new ResponseCache()
    const long = 'x'.repeat(400)
    cache.find(query(long), 'udp', 1)
    cache.add(query(long), 'udp', answer('y'))
    expect(found(cache, long)).toBe(false)
  })
})
