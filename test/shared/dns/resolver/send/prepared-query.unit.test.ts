import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeMessage } from '../../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../../shared/dns/encode.ts'
import type { Message } from '../../../../../shared/dns/message.ts'
import { fold } from '../../../../../shared/dns/name.ts'
import { CASE_BYTES, randomizeCase, restoreCase } from '../../../../../shared/dns/resolver/send/case-randomization.ts'
import { CookieJar } from '../../../../../shared/dns/resolver/send/cookies.ts'
import {
  prepareQuery,
  type QueryOptions,
  RANDOM_BYTES,
} from '../../../../../shared/dns/resolver/send/prepared-query.ts'
import { parseTsigKey } from '../../../../../shared/dns/tsig/key.ts'
import { verifyRequest } from '../../../../../shared/dns/tsig/request.ts'
import { ResponseSigner } from '../../../../../shared/dns/tsig/response.ts'
import { TsigError } from '../../../../../shared/dns/tsig/tsig-error.ts'
import { message, record } from '../../messages.ts'

const QUESTION = { name: 'www.fourwire.test', type: 'A', class: 'IN' } as const
const NOW = 1_800_000_000
const EVERY_OTHER = Buffer.alloc(CASE_BYTES, 0b01010101)
const RANDOM = Buffer.concat([Buffer.from([0x12, 0x34]), EVERY_OTHER])

const prepare = (options: QueryOptions = {}) => prepareQuery(QUESTION, options, RANDOM, NOW)

describe('a query', () => {
  test('has the id from the random bytes, RD, and EDNS with a payload size of one packet', () => {
    expect(decodeMessage(prepare().bytes)).toEqual(
      message({
        flags: { aa: false, tc: false, rd: true, ra: false, ad: false, cd: false },
        edns: { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [] },
      }),
    )
  })

  test('can disable recursion, checking and EDNS', () => {
    const { flags, edns } = decodeMessage(prepare({ recurse: false, checkingDisabled: true, edns: false }).bytes)
    expect({ flags, edns }).toMatchObject({ flags: { rd: false, cd: true }, edns: undefined })
  })

  test('can change the fields of EDNS', () => {
    const options = [{ code: 3, data: Buffer.alloc(0) }]
    const { edns } = decodeMessage(prepare({ edns: { dnssecOk: true, udpPayloadSize: 4096, options } }).bytes)
    expect(edns).toEqual({ version: 0, udpPayloadSize: 4096, dnssecOk: true, options })
  })
})

describe('a received message', () => {
  const verdict = (change: Partial<Message>, options: QueryOptions = {}) => {
    const response = prepare(options).decodeResponse(encodeMessage(message({ response: true, ...change })), NOW)
    return response ? (response.caseMatches ? 'matches' : 'other case') : 'ignored'
  }
  const randomized = [{ ...QUESTION, name: 'WwW.fOuRwIrE.tEsT' }]

  test.each<[string, Partial<Message>, QueryOptions, string]>([
    ['that is the response matches', {}, {}, 'matches'],
    ['with another id is ignored', { id: 1 }, {}, 'ignored'],
    ['that is a query is ignored', { response: false }, {}, 'ignored'],
    ['with another opcode is ignored', { opcode: 'NOTIFY' }, {}, 'ignored'],
    ['with another name is ignored', { questions: [{ ...QUESTION, name: 'fourwire.test' }] }, {}, 'ignored'],
    ['with another type is ignored', { questions: [{ ...QUESTION, type: 'AAAA' }] }, {}, 'ignored'],
    ['with another class is ignored', { questions: [{ ...QUESTION, class: 'CH' }] }, {}, 'ignored'],
    ['with two questions is ignored', { questions: [QUESTION, QUESTION] }, {}, 'ignored'],
    ['without a question is ignored', { questions: [] }, {}, 'ignored'],
    ['without a question, with NXDOMAIN, is ignored', { questions: [], rcode: 'NXDOMAIN' }, {}, 'ignored'],
    ['without a question, with FORMERR, matches', { questions: [], rcode: 'FORMERR' }, {}, 'matches'],
    ['in another case matches', { questions: randomized }, {}, 'matches'],
    [
      'without a question, with FORMERR, matches a query in random case',
      { questions: [], rcode: 'FORMERR' },
      { randomizeCase: true },
      'matches',
    ],
    ['in the random case of the query matches', { questions: randomized }, { randomizeCase: true }, 'matches'],
    ['not in the random case of the query is reported', {}, { randomizeCase: true }, 'other case'],
  ])('%s', (_, change, options, expected) => {
    expect(verdict(change, options)).toBe(expected)
  })
})

describe('a signed query', () => {
  const key = parseTsigKey('transfer:c2VjcmV0')
  const keys = new Map([[key.name, key]])
  const signed = prepare({ key })
  const plain = encodeMessage(message({ response: true }))

  /** Returns a response that a server with the same keys has signed. */
  function respond(): Buffer {
    const check = verifyRequest(signed.bytes, keys, NOW)
    if (check.kind !== 'verified') throw new Error(check.kind)
    return new ResponseSigner(key, check.mac).sign(plain, NOW)
  }

  test('accepts a response signed with its key', () => {
    expect(signed.decodeResponse(respond(), NOW)?.message).toEqual(message({ response: true }))
  })

  test('rejects a response that is unsigned, modified or old', () => {
    const changed = respond()
    changed.writeUInt8(0x84, 2)
    expect(() => signed.decodeResponse(plain, NOW)).toThrow('the response is not signed')
    expect(() => signed.decodeResponse(changed, NOW)).toThrow(TsigError)
    expect(() => signed.decodeResponse(respond(), NOW + 3600)).toThrow(
      'the signing time of the response is too far from the current time',
    )
  })
})

const CLIENT = Buffer.from('12345678')
const withCookie = (cookie: Buffer) =>
  message({
    response: true,
    edns: { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [{ code: 10, data: cookie }] },
  })
const FULL = Buffer.concat([CLIENT, Buffer.from('the-server')])

describe('a cookie jar', () => {
  test('returns a client cookie until the server sends its cookie, then both', () => {
    const jar = new CookieJar(() => CLIENT)
    expect(jar.optionFor('a:53')).toEqual({ code: 10, data: CLIENT })
    expect(jar.store('a:53', withCookie(FULL))).toBe(true)
    expect(jar.optionFor('a:53')).toEqual({ code: 10, data: FULL })
    expect(jar.optionFor('b:53')).toEqual({ code: 10, data: CLIENT })
  })

  test.each([
    ['no cookie', message({ response: true })],
    ['a client cookie only', withCookie(CLIENT)],
    ['a cookie that is too long', withCookie(Buffer.concat([FULL, Buffer.alloc(40)]))],
    ['the cookie of another client', withCookie(Buffer.from('87654321the-server'))],
  ])('stores nothing from a response with %s', (_, response) => {
    const jar = new CookieJar(() => CLIENT)
    jar.optionFor('a:53')
    expect(jar.store('a:53', response)).toBe(false)
  })

  test('evicts the least recently used cookie above its bound', () => {
    const jar = new CookieJar(() => CLIENT)
    jar.optionFor('a:53')
    jar.store('a:53', withCookie(FULL))
    for (let port = 0; port < 999; port++) jar.optionFor(`b:${port}`)
    expect(jar.optionFor('a:53').data).toEqual(FULL)
    for (let port = 0; port < 1000; port++) jar.optionFor(`c:${port}`)
    expect(jar.optionFor('a:53').data).toEqual(CLIENT)
  })
})

describe('a query with a cookie', () => {
  test('ignores responses with another client cookie', () => {
    const options = { edns: { options: [{ code: 10, data: CLIENT }] } }
    expect(prepare(options).decodeResponse(encodeMessage(withCookie(FULL)), NOW)).toBeDefined()
    expect(
      prepare(options).decodeResponse(encodeMessage(withCookie(Buffer.from('87654321the-server'))), NOW),
    ).toBeUndefined()
    expect(prepare(options).decodeResponse(encodeMessage(message({ response: true })), NOW)).toBeDefined()
  })
})

describe('random case', () => {
  test('sets the case of each letter by one bit, and changes nothing else', () => {
    expect(randomizeCase('www.four-wire2.test', EVERY_OTHER)).toBe('WwW.fOuR-wIrE2.tEsT')
    expect(randomizeCase('a\\065\\.b._tcp', Buffer.alloc(CASE_BYTES, 0xff))).toBe('A\\065\\.B._TCP')
  })

  test('is replaced by the original case wherever a server points into the question', () => {
    const zone = 'fOuRwIrE.tEsT'
    const soa = { serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 }
    const restored = restoreCase(
      message({
        questions: [{ ...QUESTION, name: `WwW.${zone}` }],
        answers: [
          record(`WwW.${zone}`, 'CNAME', `a.${zone}`),
          record(zone, 'MX', { preference: 1, exchange: `mail.${zone}` }),
          record(zone, 'SRV', { priority: 1, weight: 2, port: 3, target: `mail.${zone}` }),
        ],
        authorities: [record(zone, 'SOA', { mname: `ns.${zone}`, rname: `Host.${zone}`, ...soa })],
        additionals: [record('Else.Where', 'A', '127.0.0.1'), record('.', 'NS', 'Ns.Test')],
      }),
      `WwW.${zone}`,
      QUESTION.name,
    )
    expect(restored).toMatchObject({
      questions: [QUESTION],
      answers: [
        { name: 'www.fourwire.test', data: 'a.fourwire.test' },
        { name: 'fourwire.test', data: { exchange: 'mail.fourwire.test' } },
        { name: 'fourwire.test', data: { target: 'mail.fourwire.test' } },
      ],
      authorities: [{ name: 'fourwire.test', data: { mname: 'ns.fourwire.test', rname: 'Host.fourwire.test' } }],
      additionals: [{ name: 'Else.Where' }, { name: '.', data: 'Ns.Test' }],
    })
  })

  test('leaves the response unchanged if it is not used', () => {
    const questions = [{ ...QUESTION, name: 'WWW.fourwire.test' }]
    const response = message({ response: true, questions })
    expect(prepare().decodeResponse(encodeMessage(response), NOW)?.message).toEqual(response)
  })

  test('restores the original name', () => {
    const random = fc.uint8Array({ minLength: CASE_BYTES, maxLength: CASE_BYTES }).map(bytes => Buffer.from(bytes))
    fc.assert(
      fc.property(fc.domain(), random, (name, bits) => {
        const sent = randomizeCase(name, bits)
        expect(fold(sent)).toBe(fold(name))
        const sentMessage = message({ questions: [{ ...QUESTION, name: sent }] })
        expect(restoreCase(sentMessage, sent, name).questions[0]?.name).toBe(name)
      }),
    )
  })
})

test('RANDOM_BYTES suffice for the longest name', () => {
  const name = Array.from({ length: 4 }, () => 'a'.repeat(60)).join('.')
  const { bytes } = prepareQuery({ ...QUESTION, name }, { randomizeCase: true }, Buffer.alloc(RANDOM_BYTES, 0xff), NOW)
  expect(decodeMessage(bytes).questions[0]?.name).toBe(name.toUpperCase())
})
