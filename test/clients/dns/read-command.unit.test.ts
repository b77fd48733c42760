import { describe, expect, test } from 'vitest'
import { type DnsInput, dnsInput } from '../../../clients/dns/index.ts'
import { ednsOf, modeOf, questionsOf, sortWords, transportOf } from '../../../clients/dns/read-command.ts'
import { readKey, reverseName } from '../../../clients/dns/read-question.ts'
import { UsageError } from '../../../shared/errors.ts'

const input = (given: Partial<DnsInput> = {}): DnsInput => dnsInput.parse(given)

/** The questions of what was typed, as `NAME CLASS TYPE`. */
function asked(words: string, given: Partial<DnsInput> = {}): string[] {
  const sorted = sortWords(words.split(' ').filter(word => word !== ''))
  return questionsOf(input(given), sorted).map(question => `${question.name} ${question.class} ${question.type}`)
}

describe('words', () => {
  test.each<[string, Partial<DnsInput>, string[]]>([
    ['www.fourwire.test', {}, ['www.fourwire.test IN A']],
    ['www.fourwire.test mx', {}, ['www.fourwire.test IN MX']],
    ['MX www.fourwire.test', {}, ['www.fourwire.test IN MX']],
    ['fourwire.test TYPE65 CLASS3', {}, ['fourwire.test CH HTTPS']],
    ['a.test b.test A AAAA', {}, ['a.test IN A', 'a.test IN AAAA', 'b.test IN A', 'b.test IN AAAA']],
    ['a.test b.test', { type: ['TXT'] }, ['a.test IN TXT', 'b.test IN TXT']],
    ['mx. MX', {}, ['mx IN MX']],
    ['version.bind CH TXT', {}, ['version.bind CH TXT']],
    ['version.bind TXT', { class: 'ch' }, ['version.bind CH TXT']],
    ['NS', {}, ['. IN NS']],
    ['', { reverse: ['127.0.0.1'] }, ['1.0.0.127.in-addr.arpa IN PTR']],
    ['a.test', { reverse: ['127.0.0.1'] }, ['a.test IN A', '1.0.0.127.in-addr.arpa IN PTR']],
    ['SOA', { reverse: ['127.0.0.1'] }, ['1.0.0.127.in-addr.arpa IN SOA']],
  ])('%s %j', (words, given, questions) => {
    expect(asked(words, given)).toEqual(questions)
  })

  test('with @ are the server', () => {
    expect(sortWords(['@127.0.0.1:5300', 'a.test']).server).toBe('127.0.0.1:5300')
  })

  test.each<[string, Partial<DnsInput>, string]>([
    ['', {}, 'give a name'],
    ['a..b', {}, 'empty label'],
    ['a', { type: ['NONSENSE'] }, '"NONSENSE" is not a type'],
    ['a.test', { class: 'XX' }, '"XX" is not a class'],
    ['a.test IN CH', {}, 'one class at a time: IN or CH'],
    ['a.test @b @c', {}, 'one server at a time: b or c'],
    ['', { reverse: ['1.2.3'] }, '"1.2.3" is not an IP address'],
  ])('that make no sense: %s %j', (words, given, why) => {
    expect(() => asked(words, given)).toThrow(UsageError)
    expect(() => asked(words, given)).toThrow(why)
  })
})

test.each([
  ['127.0.0.1', '1.0.0.127.in-addr.arpa'],
  ['192.0.2.250', '250.2.0.192.in-addr.arpa'],
  ['::1', `1.${'0.'.repeat(31)}ip6.arpa`],
  ['2001:db8::567:89ab', 'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'],
  ['::ffff:192.0.2.1', `1.0.2.0.0.0.0.c.f.f.f.f.${'0.'.repeat(20)}ip6.arpa`],
])('%s is asked for by %s', (address, name) => {
  expect(reverseName(address)).toBe(name)
})

test.each(['1.2.3.4.5', '256.1.1.1', '1.2.3.', '1::2::3', 'a.b.c.d', ''])('%s is no address', text => {
  expect(() => reverseName(text)).toThrow('is not an IP address')
})

test('the way to ask is one', () => {
  expect(transportOf(input())).toBe(undefined)
  expect(transportOf(input({ tcp: true }))).toBe('tcp')
  expect(transportOf(input({ tls: true }))).toBe('tls')
  expect(transportOf(input({ https: true }))).toBe('https')
  expect(() => transportOf(input({ tcp: true, https: true }))).toThrow('one way to ask at a time: --tcp or --https')
})

describe('what to do', () => {
  const mode = (given: Partial<DnsInput>, words = 'fourwire.test') => {
    const one = input(given)
    return modeOf(one, questionsOf(one, sortWords(words.split(' '))))
  }

  test.each<[string, Partial<DnsInput>, string]>([
    ['fourwire.test', {}, 'ask'],
    ['fourwire.test other.test', {}, 'ask'],
    ['fourwire.test', { walk: true }, 'walk'],
    ['fourwire.test', { axfr: true }, 'transfer'],
    ['fourwire.test AXFR', {}, 'transfer'],
    ['fourwire.test', { ixfr: 0 }, 'transfer'],
  ])('%s %j: %s', (words, given, expected) => {
    expect(mode(given, words)).toBe(expected)
  })

  test('is one thing', () => {
    expect(() => mode({ walk: true, axfr: true })).toThrow('one thing at a time')
    expect(() => mode({ axfr: true, ixfr: 3 })).toThrow('one thing at a time')
    expect(() => mode({ walk: true }, 'a.test b.test')).toThrow('--walk is for one name and one type')
    expect(() => mode({ axfr: true }, 'a.test b.test')).toThrow('a transfer is for one name and one type')
  })
})

test('EDNS says what the flags say', () => {
  expect(ednsOf(input())).toEqual({ version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [] })
  expect(ednsOf(input({ edns: false, nsid: true }))).toBe(false)
  expect(ednsOf(input({ dnssec: true, nsid: true, bufsize: 512, ednsVersion: 1 }))).toEqual({
    version: 1,
    udpPayloadSize: 512,
    dnssecOk: true,
    options: [{ code: 3, data: Buffer.alloc(0) }],
  })
})

test('a key is read, and its secret is not repeated where it is none', () => {
  expect(readKey('hmac-sha512:K.test:c2VjcmV0')).toMatchObject({ name: 'k.test', algorithm: 'hmac-sha512' })
  expect(readKey(undefined)).toBe(undefined)
  expect(() => readKey('k:s*cret')).toThrow(UsageError)
  expect(() => readKey('k:s*cret')).not.toThrow('s*cret')
})
