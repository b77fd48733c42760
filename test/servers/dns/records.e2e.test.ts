/** Records that a program sets while the server runs. */
import { describe, expect, expectTypeOf, test } from 'vitest'
import { query } from '../../../clients/dns/index.ts'
import type { DnsApi } from '../../../servers/dns/index.ts'
import type { TypeName } from '../../../shared/dns/codes.ts'
import { UsageError } from '../../../shared/errors.ts'
import type { RunningService, Suite } from '../../../shared/launcher/index.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { lines } from './zones.ts'

const TEXT = '@ 60 SOA ns host 1 1h 10m 1w 5s\n@ 60 NS ns\nwww 60 A 192.0.2.1\nwww 60 TXT "a b"\nalias 60 CNAME www\n'

/** A server of two zones, one under the other. */
async function serve() {
  const zones = ['a.test', 'sub.a.test'].map(origin => ({ origin, text: TEXT }))
  const { dns } = await suiteFor({ services: ['dns'], dns: { publish: false, zones } })
  const ask = async (name: string, type: TypeName = 'A') => lines((await query({ name, type, server: dns })).answers)
  return { dns, ask }
}

describe('what is set', () => {
  test('is answered by the next query', async () => {
    const { dns, ask } = await serve()
    dns.set('api.a.test', 'A', '192.0.2.9')
    expect(await ask('api.a.test')).toEqual(['api.a.test. 5 IN A 192.0.2.9'])
  })

  test('is one record or several, of any type in any case, as a master file has it, with a TTL', async () => {
    const { dns, ask } = await serve()
    dns.set('api.a.test.', 'a', ['192.0.2.8', '192.0.2.9'], { ttl: 300 })
    dns.set('a.test', 'MX', '10 mail.a.test')
    dns.set('a.test', 'txt', '"two strings" here')
    dns.set('a.test', 'TYPE65280', '\\# 2 abcd')
    expect(await ask('api.a.test')).toEqual(['api.a.test. 300 IN A 192.0.2.8', 'api.a.test. 300 IN A 192.0.2.9'])
    expect(await ask('a.test', 'MX')).toEqual(['a.test. 5 IN MX 10 mail.a.test.'])
    expect(await ask('a.test', 'TXT')).toEqual(['a.test. 5 IN TXT "two strings" "here"'])
    expect(await ask('a.test', 'TYPE65280')).toEqual(['a.test. 5 IN TYPE65280 \\# 2 ABCD'])
  })

  test('takes the place of what was there, and is in the zone with the longest name', async () => {
    const { dns, ask } = await serve()
    dns.set('www.sub.a.test', 'A', '192.0.2.9')
    expect(await ask('www.sub.a.test')).toEqual(['www.sub.a.test. 5 IN A 192.0.2.9'])
    expect((await ask('sub.a.test', 'SOA'))[0]).toContain(' 2 3600 ')
    expect((await ask('a.test', 'SOA'))[0]).toContain(' 1 3600 ')
  })

  test('is removed by type or by name', async () => {
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

test('records are listed as plain objects, of a name or of all zones, and their data can be set again', async () => {
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
  [dns => dns.set('api.a.test', 'A', '192.0.2.1 x'), 'there is more than A takes: "x"'],
  [dns => dns.set('api.a.test', 'A', '192.0.2.1\n192.0.2.2'), 'is more than the data of one record; give an array'],
  [dns => dns.set('api.a.test', 'A', ''), 'the IPv4 address is missing'],
  [dns => dns.set('api.a.test', 'A', []), 'there is no data; remove() takes records away'],
  [
    dns => dns.set('api.a.test', 'TXT', '"open'),
    'suite.dns.set("api.a.test", "TXT", "\\"open"): a quote is opened and not closed on its line',
  ],
  [dns => dns.set('api.a.test', 'X', '1'), '"X" is not a record type'],
  [dns => dns.set('api.a.test', 'ANY', '\\# 0'), 'a zone cannot hold records of type ANY'],
  [dns => dns.set('api.a.test', 'A', '192.0.2.1', { ttl: 1.5 }), 'from 0 to 2147483647, which 1.5 is not'],
  [
    dns => dns.set('_dmarc.a.test', 'TXT', 'v=DMARC1; p=none'),
    'suite.dns.set("_dmarc.a.test", "TXT", "v=DMARC1; p=none"): a ; begins a comment: write "\\"v=DMARC1; p=none\\""',
  ],
  // As JavaScript may call it.
  [dns => dns.set('api.a.test', 'A', 5 as never), 'give the data as a string, or as an array of strings, not 5'],
  [dns => dns.set('api.a.test', 'A', undefined as never), 'or as an array of strings, not undefined'],
  [dns => dns.set('api.a.test', 'A', ['192.0.2.1', null] as never), 'strings, not ["192.0.2.1",null]'],
  [dns => dns.set('api.a.test', 1 as never, '192.0.2.1'), '1 is not a record type'],
  [dns => dns.remove(5 as never), 'suite.dns.remove(5): give the name as a string, not 5'],
  [
    dns => dns.set('a..test', 'A', '192.0.2.1'),
    'suite.dns.set("a..test", "A", "192.0.2.1"): "a..test" has an empty label',
  ],
  [
    dns => dns.set('api.b.test', 'A', '192.0.2.1'),
    'api.b.test. is in none of the zones served here (a.test., sub.a.test.)',
  ],
  [
    dns => dns.set('alias.a.test', 'A', '192.0.2.1'),
    'alias.a.test. has a CNAME record, so it can have no other data (A)',
  ],
  [dns => dns.remove('a.test', 'SOA'), 'suite.dns.remove("a.test", "SOA"): the zone a.test. needs its SOA record'],
  [dns => dns.remove('a.test'), 'suite.dns.remove("a.test"): the zone a.test. needs its SOA record'],
  [dns => dns.remove('b.test'), 'b.test. is in none of the zones served here'],
  [dns => dns.records('a..test'), 'suite.dns.records("a..test"): "a..test" has an empty label'],
])('what cannot be done is refused in words: %s', async (call, words) => {
  const { dns } = await serve()
  const before = dns.records()
  expect(() => call(dns)).toThrow(UsageError)
  expect(() => call(dns)).toThrow(words)
  expect(dns.records()).toEqual(before)
})

test('a semicolon in quotes, or escaped, is part of the text', async () => {
  const { dns } = await serve()
  dns.set('_dmarc.a.test', 'TXT', ['"v=DMARC1; p=none"', 'v=DMARC1\\;p=none'])
  expect(dns.records('_dmarc.a.test').map(({ data }) => data)).toEqual(['"v=DMARC1; p=none"', '"v=DMARC1;p=none"'])
})

test('a server of many zones names some of them', async () => {
  const zones = Array.from({ length: 12 }, (_, n) => ({ origin: `z${n}.test`, text: TEXT }))
  const { dns } = await suiteFor({ services: ['dns'], dns: { publish: false, zones } })
  expect(() => dns.set('x.test', 'A', '192.0.2.1')).toThrow('z9.test. and 2 more)')
})

test('only the DNS server has these functions, in the types too', async () => {
  const suite = await suiteFor({ services: ['dns', 'hello'] })
  expectTypeOf(suite.dns).toEqualTypeOf<RunningService & DnsApi>()
  expectTypeOf<Suite['http']>().not.toHaveProperty('set')
  expect(Object.keys(suite.hello)).not.toContain('set')
})
