import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Cookies } from '../../../servers/dns/edns/cookies.ts'
import { RateLimit } from '../../../servers/dns/limits/rate-limit.ts'
import { type Handler, NameServer, type NameServerParts } from '../../../servers/dns/name-server.ts'
import type { Client } from '../../../servers/dns/query.ts'
import { ReadyAnswers } from '../../../servers/dns/ready-answers.ts'
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { OPTION_CODES } from '../../../shared/dns/edns-options.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { type Message, NO_FLAGS } from '../../../shared/dns/message.ts'
import { silentLog } from '../../../shared/log.ts'
import { message } from '../../shared/dns/messages.ts'
import { zone, zones } from './zones.ts'

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

const server = (parts: Partial<NameServerParts> = {}) =>
  new NameServer({ served: { zones: ZONES, version: 1 }, amplification: 3, log: silentLog, ...parts })
const ask = (change: Partial<Message> = {}) => encodeMessage(message({ questions: [WWW], ...change }))

function reply(asked: NameServer, query: Buffer, client = NEAR): Buffer {
  const response = asked.handle(query, client)
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
const anyAsked = fc.record({
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

test('what is asked again, and then again, gets the same bytes as what is asked first, by any client and in any order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyAsked, anyClient), { minLength: 2, maxLength: 40 }), asked => {
      const one = server()
      for (const [change, client] of [...asked, ...asked, ...asked]) {
        const query = ask(change)
        expect(one.handle(query, client)).toEqual(server().handle(query, client))
      }
    }),
    { numRuns: 50 },
  )
})

test('the id is that of each query, and no two responses share their bytes', () => {
  const one = server()
  const responses = [1, 2, 3, 4].map(id => reply(one, ask({ id })))
  expect(responses.map(response => decodeMessage(response).id)).toEqual([1, 2, 3, 4])
})

test('a change of the zones is seen by the next query', () => {
  const served = { zones: ZONES, version: 1 }
  const one = server({ served })
  for (let time = 0; time < 3; time++) reply(one, ask())
  served.zones = zones(zone('www A 127.0.0.2\n'))
  served.version++
  expect(decodeMessage(reply(one, ask())).answers).toMatchObject([{ data: '127.0.0.2' }])
})

test('ready answers count for the rate limit, and are cut as others are', () => {
  const one = server({ rateLimit: new RateLimit({ perSecond: 2 }), now: () => 1 })
  const edns = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [] }
  const sizes = Array.from({ length: 6 }, () => {
    const response = one.handle(ask({ edns }), FAR)
    return Buffer.isBuffer(response) ? response.length : response
  })
  const [full, cut] = [reply(server(), ask({ edns }), FAR).length, ask({ edns }).length]
  expect(sizes).toEqual([full, full, undefined, cut, undefined, cut])
})

test('an answer with a cookie is made anew', () => {
  let now = 1_600_000_000
  const one = server({ cookies: new Cookies(Buffer.alloc(16)), now: () => now })
  const options = [{ code: OPTION_CODES.COOKIE, data: Buffer.alloc(8) }]
  const query = ask({ edns: { version: 0, udpPayloadSize: 1232, dnssecOk: false, options } })
  const first = reply(one, query)
  now += 10
  expect(reply(one, query)).not.toEqual(first)
})

describe('what a handler may take', () => {
  const handler = (types?: Handler['types']) => ({
    asked: 0,
    ...(types && { types }),
    handle(): undefined {
      this.asked++
    },
  })
  test.each([
    ['any type is asked every time', undefined, 4],
    ['the type of the question is asked every time', new Set(['A'] as const), 4],
    ['other types is not asked for what is ready, which is what has been asked twice', new Set(['AXFR'] as const), 2],
  ])('a handler of %s', (_, types, times) => {
    const one = handler(types)
    const asked = server({ handlers: { QUERY: [one] } })
    for (let time = 0; time < 4; time++) reply(asked, ask())
    expect(one.asked).toBe(times)
  })
})

describe('bounds', () => {
  const query = (text: string) => Buffer.from(`id${text}`)
  const answer = (text: string) => ({ response: Buffer.from(`id${text}`), edns: false })
  const found = (ready: ReadyAnswers, text: string) => ready.find(query(text), 'udp', 1) !== undefined

  test('what is asked for stays, what is not makes room', () => {
    const ready = new ReadyAnswers({ entries: 2, bytes: 1000 })
    ready.find(query('often'), 'udp', 1)
    ready.keep(query('often'), 'udp', answer('often'))
    for (const text of ['a', 'b', 'c', 'd', 'e']) {
      ready.keep(query(text), 'udp', answer(text))
      expect(found(ready, 'often')).toBe(true)
    }
    expect(['a', 'b', 'e'].map(text => found(ready, text))).toEqual([false, false, true])
  })

  test('many bytes make room as many entries do', () => {
    const ready = new ReadyAnswers({ entries: 100, bytes: 100 })
    ready.find(query('a'), 'udp', 1)
    for (const text of ['a', 'b', 'c']) ready.keep(query(text), 'udp', answer('x'.repeat(100)))
    expect(['a', 'b', 'c'].map(text => found(ready, text))).toEqual([false, true, true])
  })

  test('a query of unusual length is not kept', () => {
    const ready = new ReadyAnswers()
    const long = 'x'.repeat(400)
    ready.find(query(long), 'udp', 1)
    ready.keep(query(long), 'udp', answer('y'))
    expect(found(ready, long)).toBe(false)
  })
})
