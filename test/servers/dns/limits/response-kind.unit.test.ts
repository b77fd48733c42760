import { describe, expect, test } from 'vitest'
import { RateLimit } from '../../../../servers/dns/limits/rate-limit.ts'
import { responseKind, truncateToQuestion } from '../../../../servers/dns/limits/response-kind.ts'
import { NameServer } from '../../../../servers/dns/name-server.ts'
import type { TypeName } from '../../../../shared/dns/codes.ts'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import { silentLog } from '../../../../shared/log.ts'
import { message } from '../../../shared/dns/messages.ts'
import { respondTo, zone, zones } from '../zones.ts'

const served = zones(
  zone('www A 127.0.0.1\n*.wild A 127.0.0.2\nlab NS ns.lab\nns.lab A 127.0.0.53\n', 'fourwire.test'),
  zone('', '.'),
)
const queryFor = (name: string, type: TypeName = 'A') => message({ questions: [{ name, type, class: 'IN' }] })
const respond = (name: string, type?: TypeName) =>
  respondTo(served, encodeMessage(queryFor(name, type))) ?? Buffer.alloc(0)
const printable = (kind: string) => kind.replace(/\p{Cc}/gu, '.')

describe('the kind of a response', () => {
  test.each<[string, string, TypeName, string]>([
    ['an answer by its name and type', 'WWW.fourwire.test', 'A', 'answer .www.fourwire.test. 1'],
    ['NXDOMAIN by its zone', 'a.b.fourwire.test', 'A', 'negative 3 .fourwire.test.'],
    ['NODATA by its zone', 'www.fourwire.test', 'MX', 'negative 0 .fourwire.test.'],
    ['a referral by the delegated zone', 'x.y.lab.fourwire.test', 'A', 'referral .lab.fourwire.test.'],
    ['NXDOMAIN of the root zone', 'com', 'A', 'negative 3 .'],
    ['an error by nothing else', 'fourwire.test', 'AXFR', 'error'],
  ])('identifies %s', (_, name, type, kind) => {
    expect(printable(responseKind(respond(name, type)))).toBe(kind)
  })

  test('is an error for a header alone, and identifies an empty answer by its name', () => {
    expect(responseKind(Buffer.from('123484000000000000000000', 'hex'))).toBe('error')
    expect(printable(responseKind(encodeMessage({ ...queryFor('www.test'), response: true })))).toBe('empty .www.test.')
  })
})

describe('a response truncated to its question', () => {
  test('has its id, its rcode and TC, and EDNS if the client uses it', () => {
    const truncated = decodeMessage(truncateToQuestion(respond('www.fourwire.test'), true))
    expect(truncated).toMatchObject({
      id: 0x1234,
      flags: { aa: true, tc: true },
      answers: [],
      authorities: [],
      additionals: [],
    })
    expect(truncated).toMatchObject({
      questions: queryFor('www.fourwire.test').questions,
      edns: { version: 0, udpPayloadSize: 1232 },
    })
    expect(decodeMessage(truncateToQuestion(respond('nope.fourwire.test'), false))).toMatchObject({
      rcode: 'NXDOMAIN',
      edns: undefined,
    })
  })

  test('can be a header alone', () => {
    expect(truncateToQuestion(Buffer.from('123484000000000000000000', 'hex'), false).toString('hex')).toBe(
      '123486000000000000000000',
    )
  })
})

describe('a name server with a rate limit', () => {
  const server = (more = {}) =>
    new NameServer({
      store: { zones: served },
      rateLimit: new RateLimit({ perSecond: 2 }),
      now: () => 0,
      log: silentLog,
      ...more,
    })
  const flood = (
    one: NameServer,
    address: string,
    transport: 'udp' | 'tcp' = 'udp',
    query = encodeMessage(queryFor('www.fourwire.test')),
  ) =>
    Array.from({ length: 4 }, () => {
      const reply = one.handle(query, { transport, address, port: 4444 })
      return Buffer.isBuffer(reply) ? (decodeMessage(reply).flags.tc ? 'truncated' : 'sent') : 'dropped'
    })

  test('limits responses over UDP', () => {
    expect(flood(server(), '192.0.2.1')).toEqual(['sent', 'sent', 'dropped', 'truncated'])
  })

  test('limits errors too', () => {
    const several = Buffer.from('123400000002000000000000', 'hex')
    expect(flood(server(), '192.0.2.1', 'udp', several)).toEqual(['sent', 'sent', 'dropped', 'truncated'])
  })

  test('does not limit connections, and this machine only with limitLoopback', () => {
    const sent = ['sent', 'sent', 'sent', 'sent']
    expect(flood(server(), '192.0.2.1', 'tcp')).toEqual(sent)
    expect(flood(server(), '127.0.0.1')).toEqual(sent)
    expect(flood(server(), '::1')).toEqual(sent)
    expect(flood(server({ limitLoopback: true }), '127.0.0.1')).not.toEqual(sent)
  })
})
