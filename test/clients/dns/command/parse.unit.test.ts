import { describe, expect, test } from 'vitest'
import { type DnsInput, dnsInput } from '../../../../clients/dns/command/options.ts'
import {
  applyDigOptions,
  classifyWords,
  ednsOf,
  modeOf,
  questionsOf,
  transportOf,
} from '../../../../clients/dns/command/parse.ts'
import { UsageError } from '../../../../shared/errors.ts'

const input = (flags: Partial<DnsInput> = {}): DnsInput => dnsInput.parse(flags)
const split = (words: string) => words.split(' ').filter(word => word !== '')

describe('words and flags', () => {
  /** The questions of a command line, as `NAME CLASS TYPE`. */
  function questions(words: string, flags: Partial<DnsInput> = {}): string[] {
    const parsed = questionsOf(input(flags), classifyWords(split(words)))
    return parsed.map(question => `${question.name} ${question.class} ${question.type}`)
  }

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
  ])('%j %j are the questions %j', (words, flags, expected) => {
    expect(questions(words, flags)).toEqual(expected)
  })

  test('with @ set the server', () => {
    expect(classifyWords(['@127.0.0.1:5300', 'a.test']).server).toBe('127.0.0.1:5300')
  })

  test.each<[string, Partial<DnsInput>, string]>([
    ['', {}, 'the name is missing'],
    ['a..b', {}, 'empty label'],
    ['a', { type: ['NONSENSE'] }, '"NONSENSE" is not a record type'],
    ['a.test', { class: 'XX' }, '"XX" is not a class'],
    ['a.test IN CH', {}, 'more than one class: IN and CH'],
    ['a.test @b @c', {}, 'more than one server: b and c'],
    ['', { reverse: ['1.2.3'] }, '"1.2.3" is not an IP address'],
  ])('%j %j are a usage error: %s', (words, flags, message) => {
    expect(() => questions(words, flags)).toThrow(UsageError)
    expect(() => questions(words, flags)).toThrow(message)
  })
})

describe('options of dig', () => {
  const apply = (words: string, flags: Partial<DnsInput> = {}) =>
    applyDigOptions(dnsInput.parse({ words: split(words), ...flags }))

  test.each([
    ['a.test +short', { words: ['a.test'], short: true }],
    ['+tcp +dnssec a.test MX', { words: ['a.test', 'MX'], tcp: true, dnssec: true }],
    ['+norecurse +noedns a.test', { recurse: false, edns: false }],
    ['+RDFLAG +nsid +bufsize=4096', { recurse: true, nsid: true, bufsize: 4096 }],
    ['+trace', { walk: true }],
  ])('%s sets %j', (words, expected) => expect(apply(words)).toMatchObject(expected))

  test.each([
    ['@127.0.0.1 a.test', {}, '127.0.0.1:5300'],
    ['@::1 a.test', {}, '[::1]:5300'],
    ['@[::1] a.test', {}, '[::1]:5300'],
    ['a.test', { server: 'ns.test' }, 'ns.test:5300'],
    ['a.test', {}, '127.0.0.1:5300'],
  ])('%s %j with --port 5300 is sent to %s', (words, flags, server) => {
    expect(apply(words, { ...flags, port: 5300 })).toMatchObject({ words: ['a.test'], server })
  })

  test.each([
    ['+shrt', {}, 'unknown option +shrt. Options: +short +tcp'],
    ['+bufsize=99999', {}, 'unknown option +bufsize=99999'],
    ['@127.0.0.1:53', { port: 1 }, '--port 1: the server 127.0.0.1:53 already has a port'],
    ['@tls://127.0.0.1', { port: 1 }, 'already has a port or a scheme'],
  ])('%s %j are a usage error: %s', (words, flags, message) => {
    expect(() => apply(words, flags)).toThrow(UsageError)
    expect(() => apply(words, flags)).toThrow(message)
  })
})

test('one flag selects the transport', () => {
  expect(transportOf(input())).toBe(undefined)
  expect(transportOf(input({ tcp: true }))).toBe('tcp')
  expect(transportOf(input({ tls: true }))).toBe('tls')
  expect(transportOf(input({ https: true }))).toBe('https')
  expect(() => transportOf(input({ tcp: true, https: true }))).toThrow('more than one transport: --tcp and --https')
})

describe('the mode', () => {
  const mode = (flags: Partial<DnsInput>, words = 'fourwire.test') =>
    modeOf(input(flags), questionsOf(input(flags), classifyWords(split(words))))

  test.each<[string, Partial<DnsInput>, string]>([
    ['fourwire.test', {}, 'query'],
    ['fourwire.test other.test', {}, 'query'],
    ['fourwire.test', { walk: true }, 'walk'],
    ['fourwire.test', { axfr: true }, 'transfer'],
    ['fourwire.test AXFR', {}, 'transfer'],
    ['fourwire.test', { ixfr: 0 }, 'transfer'],
  ])('of %s %j is %s', (words, flags, expected) => {
    expect(mode(flags, words)).toBe(expected)
  })

  test('is only one; a walk and a transfer take one question', () => {
    expect(() => mode({ walk: true, axfr: true })).toThrow('exclude each other')
    expect(() => mode({ axfr: true, ixfr: 3 })).toThrow('exclude each other')
    expect(() => mode({ walk: true }, 'a.test b.test')).toThrow('a walk takes only one name and one type')
    expect(() => mode({ axfr: true }, 'a.test b.test')).toThrow('a transfer takes only one name and one type')
  })
})

test('flags set the fields of EDNS', () => {
  expect(ednsOf(input())).toEqual({ version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [] })
  expect(ednsOf(input({ edns: false, nsid: true }))).toBe(false)
  expect(ednsOf(input({ dnssec: true, nsid: true, bufsize: 512, ednsVersion: 1 }))).toEqual({
    version: 1,
    udpPayloadSize: 512,
    dnssecOk: true,
    options: [{ code: 3, data: Buffer.alloc(0) }],
  })
})
