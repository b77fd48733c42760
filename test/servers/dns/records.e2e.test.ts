/** Tests `suite.dns.set`, `remove` and `records`. */
import { describe, expect, expectTypeOf, test } from 'vitest'
import { query } from '../../../clients/dns/index.ts'
import type { DnsApi } from '../../../servers/dns/index.ts'
import type { TypeName } from '../../../shared/dns/codes.ts'
import { UsageError } from '../../../shared/errors.ts'
import type { RunningService, Suite } from '../../../shared/launcher/index.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { lines } from './zones.ts'

const TEXT = '@ 60 SOA ns host 1 1h 10m 1w 5s\n@ 60 NS ns\nwww 60 A 192.0.2.1\nwww 60 TXT "a b"\nalias 60 CNAME www\n'

/** Serves two zones, one a subdomain of the other. */
async function serve() {
  const zones = ['a.test', 'sub.a.test'].map(origin => ({ origin, text: TEXT }))
  const { dns } = await suiteFor({ services: ['dns'], dns: { publish: false, zones } })
  const lookUp = async (name: string, type: TypeName = 'A') => lines((await query({ name, type, server: dns })).answers)
  return { dns, lookUp }
}

describe('set', () => {
  test('applies to the next query', async () => {
    const { dns, lookUp } = await serve()
    dns.set('api.a.test', 'A', '192.0.2.9')
    expect(await lookUp('api.a.test')).toEqual(['api.a.test. 5 IN A 192.0.2.9'])
  })

  test('accepts one or several records of any type, as in a master file, with a TTL', async () => {
    const { dns, lookUp } = await serve()
    dns.set('api.a.test.', 'a', ['192.0.2.8', '192.0.2.9'], { ttl: 300 })
    dns.set('a.test', 'MX', '10 mail.a.test')
    dns.set('a.test', 'txt', '"two strings" here')
    dns.set('a.test', 'TYPE65280', '\\# 2 abcd')
    expect(await lookUp('api.a.test')).toEqual(['api.a.test. 300 IN A 192.0.2.8', 'api.a.test. 300 IN A 192.0.2.9'])
    expect(await lookUp('a.test', 'MX')).toEqual(['a.test. 5 IN MX 10 mail.a.test.'])
    expect(await lookUp('a.test', 'TXT')).toEqual(['a.test. 5 IN TXT "two strings" "here"'])
    expect(await lookUp('a.test', 'TYPE65280')).toEqual(['a.test. 5 IN TYPE65280 \\# 2 ABCD'])
  })

  test('replaces existing records, in the zone with the longest name', async () => {
    const { dns, lookUp } = await serve()
    dns.set('www.sub.a.test', 'A', '192.0.2.9')
    expect(await lookUp('www.sub.a.test')).toEqual(['www.sub.a.test. 5 IN A 192.0.2.9'])
    expect((await lookUp('sub.a.test', 'SOA'))[0]).toContain(' 2 3600 ')
    expect((await lookUp('a.test', 'SOA'))[0]).toContain(' 1 3600 ')
  })

  test('adds records that remove() removes by type or by name', async () => {
    const { dns } = await serve()
    dns.set('api.a.test', 'A', '192.0.2.9')
    dns.set('api.a.test', 'TXT', 'x')
    expect(dns.remove('api.a.test', 'A')).toBe(true)
    expect(dns.records('api.a.test').map(({ type }) => type)).toEqual(['TXT'])
    expect(dns.remove('api.a.test')).toBe(true)
    expect(dns.remove('api.a.test')).toBe(false)
    expect(dns.records('api.a.test')).toEqual([])
  })
})

test('records lists the records of a name or of all zones, in a form that set accepts', async () => {
  const { dns } = await serve()
  expect(dns.records('WWW.a.test')).toEqual([
    { name: 'www.a.test', ttl: 60, type: 'A', data: '192.0.2.1' },
    { name: 'www.a.test', ttl: 60, type: 'TXT', data: '"a b"' },
  ])
  expect(dns.records().map(({ name, type }) => `${name} ${type}`)).toEqual(
    ['a.test', 'sub.a.test'].flatMap(origin => [
      `${origin} SOA`,
      `${origin} NS`,
      `www.${origin} A`,
      `www.${origin} TXT`,
      `alias.${origin} CNAME`,
    ]),
  )
  for (const { name, type, data, ttl } of dns.records('www.a.test')) dns.set(`copy.${name}`, type, data, { ttl })
  expect(dns.records('copy.www.a.test').map(({ data }) => data)).toEqual(['192.0.2.1', '"a b"'])
  expect(dns.records('elsewhere.test')).toEqual([])
})

test.each<[(dns: DnsApi) => unknown, string]>([
  [
    dns => dns.set('api.a.test', 'A', '192.0.2'),
    'suite.dns.set("api.a.test", "A", "192.0.2"): "192.0.2" is not an IPv4 address',
  ],
  [dns => dns.set('api.a.test', 'A', '192.0.2.1 x'), 'too much data for type A: "x"'],
  [dns => dns.set('api.a.test', 'A', '192.0.2.1\n192.0.2.2'), 'is the data of more than one record. Use an array'],
  [dns => dns.set('api.a.test', 'A', ''), 'the IPv4 address is missing'],
  [dns => dns.set('api.a.test', 'A', []), 'the data is empty. Use remove() to remove records'],
  [
    dns => dns.set('api.a.test', 'TXT', '"open'),
    'suite.dns.set("api.a.test", "TXT", "\\"open"): unclosed quote: a string ends on its line',
  ],
  [dns => dns.set('api.a.test', 'X', '1'), '"X" is not a record type'],
  [dns => dns.set('api.a.test', 'ANY', '\\# 0'), 'a zone cannot hold records of type ANY'],
  [
    dns => dns.set('api.a.test', 'A', '192.0.2.1', { ttl: 1.5 }),
    '1.5 is not a TTL: it must be an integer from 0 to 2147483647',
  ],
  [
    dns => dns.set('_dmarc.a.test', 'TXT', 'v=DMARC1; p=none'),
    'suite.dns.set("_dmarc.a.test", "TXT", "v=DMARC1; p=none"): a semicolon starts a comment. Quote the text: "\\"v=DMARC1; p=none\\""',
  ],
  // JavaScript callers can pass any type.
  [dns => dns.set('api.a.test', 'A', 5 as never), 'the data must be a string or an array of strings, not 5'],
  [dns => dns.set('api.a.test', 'A', undefined as never), 'or an array of strings, not undefined'],
  [dns => dns.set('api.a.test', 'A', ['192.0.2.1', null] as never), 'strings, not ["192.0.2.1",null]'],
  [dns => dns.set('api.a.test', 1 as never, '192.0.2.1'), '1 is not a record type'],
  [dns => dns.remove(5 as never), 'suite.dns.remove(5): the name must be a string, not 5'],
  [
    dns => dns.set('a..test', 'A', '192.0.2.1'),
    'suite.dns.set("a..test", "A", "192.0.2.1"): "a..test" is not a valid name: empty label',
  ],
  [
    dns => dns.set('api.b.test', 'A', '192.0.2.1'),
    'api.b.test. is not in a zone of this server (zones: a.test., sub.a.test.)',
  ],
  [
    dns => dns.set('alias.a.test', 'A', '192.0.2.1'),
    'alias.a.test. has a CNAME record, so it can have no other data (A)',
  ],
  [dns => dns.remove('a.test', 'SOA'), 'suite.dns.remove("a.test", "SOA"): the zone a.test. requires its SOA record'],
  [dns => dns.remove('a.test'), 'suite.dns.remove("a.test"): the zone a.test. requires its SOA record'],
  [dns => dns.remove('b.test'), 'b.test. is not in a zone of this server'],
  [dns => dns.records('a..test'), 'suite.dns.records("a..test"): "a..test" is not a valid name: empty label'],
])('rejects an invalid call with an error that quotes it: %s', async (call, error) => {
  const { dns } = await serve()
  const before = dns.records()
  expect(() => call(dns)).toThrow(UsageError)
  expect(() => call(dns)).toThrow(error)
  expect(dns.records()).toEqual(before)
})

test('set accepts a semicolon in quotes, or escaped, as part of the text', async () => {
  const { dns } = await serve()
  dns.set('_dmarc.a.test', 'TXT', ['"v=DMARC1; p=none"', 'v=DMARC1\\;p=none'])
  expect(dns.records('_dmarc.a.test').map(({ data }) => data)).toEqual(['"v=DMARC1; p=none"', '"v=DMARC1;p=none"'])
})

test('an error lists only the first of many zones', async () => {
  const zones = Array.from({ length: 12 }, (_, n) => ({ origin: `z${n}.test`, text: TEXT }))
  const { dns } = await suiteFor({ services: ['dns'], dns: { publish: false, zones } })
  expect(() => dns.set('x.test', 'A', '192.0.2.1')).toThrow('z9.test. and 2 more)')
})

test('only suite.dns has these functions, also in its type', async () => {
  const suite = await suiteFor({ services: ['dns', 'hello'] })
  expectTypeOf(suite.dns).toEqualTypeOf<RunningService & DnsApi>()
  expectTypeOf<Suite['http']>().not.toHaveProperty('set')
  expect(Object.keys(suite.hello)).not.toContain('set')
})
