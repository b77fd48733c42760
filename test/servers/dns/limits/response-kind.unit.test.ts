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
const ask = (name: string, type: TypeName = 'A') => message({ questions: [{ name, type, class: 'IN' }] })
const respond = (name: string, type?: TypeName) => respondTo(served, encodeMessage(ask(name, type))) ?? Buffer.alloc(0)
const plain = (kind: string) => kind.replace(/\p{Cc}/gu, '.')

describe('the kind of a response', () => {
  test.each<[string, string, TypeName, string]>([
    ['an answer counts by name and type', 'WWW.fourwire.test', 'A', 'answer .www.fourwire.test. 1'],
    ['a name that is not there counts by its zone', 'a.b.fourwire.test', 'A', 'negative 3 .fourwire.test.'],
    ['a type that is not there counts by its zone', 'www.fourwire.test', 'MX', 'negative 0 .fourwire.test.'],
    ['a referral counts by where it leads', 'x.y.lab.fourwire.test', 'A', 'referral .lab.fourwire.test.'],
    ['the root has a name too', 'com', 'A', 'negative 3 .'],
    ['an error counts as one', 'fourwire.test', 'AXFR', 'error'],
  ])('%s', (_, name, type, kind) => {
    expect(plain(responseKind(respond(name, type)))).toBe(kind)
  })

  test('a header alone is an error, and an answer that holds nothing counts by its name', () => {
    expect(responseKind(Buffer.from('123484000000000000000000', 'hex'))).toBe('error')
    expect(plain(responseKind(encodeMessage({ ...ask('www.test'), response: true })))).toBe('empty .www.test.')
  })
})

describe('a response cut to its question', () => {
  test('has its id, its code and TC, and EDNS where the client speaks it', () => {
    const cut = decodeMessage(truncateToQuestion(respond('www.fourwire.test'), true))
    expect(cut).toMatchObject({
      id: 0x1234,
      flags: { aa: true, tc: true },
      answers: [],
      authorities: [],
      additionals: [],
    })
    expect(cut).toMatchObject({
      questions: ask('www.fourwire.test').questions,
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
    query = encodeMessage(ask('www.fourwire.test')),
  ) =>
    Array.from({ length: 4 }, () => {
      const reply = one.handle(query, { transport, address, port: 4444 })
      return Buffer.isBuffer(reply) ? (decodeMessage(reply).flags.tc ? 'cut' : 'sent') : 'dropped'
    })

  test('holds back what is too much by UDP', () => {
    expect(flood(server(), '192.0.2.1')).toEqual(['sent', 'sent', 'dropped', 'cut'])
  })

  test('holds back errors too', () => {
    const several = Buffer.from('123400000002000000000000', 'hex')
    expect(flood(server(), '192.0.2.1', 'udp', several)).toEqual(['sent', 'sent', 'dropped', 'cut'])
  })

  test('leaves connections alone, and this machine unless it is to be treated as any other', () => {
    const sent = ['sent', 'sent', 'sent', 'sent']
    expect(flood(server(), '192.0.2.1', 'tcp')).toEqual(sent)
    expect(flood(server(), '127.0.0.1')).toEqual(sent)
    expect(flood(server(), '::1')).toEqual(sent)
    expect(flood(server({ limitLoopback: true }), '127.0.0.1')).not.toEqual(sent)
  })
})
