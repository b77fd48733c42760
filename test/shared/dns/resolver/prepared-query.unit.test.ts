import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import type { Message } from '../../../../shared/dns/message.ts'
import { fold } from '../../../../shared/dns/name.ts'
import { CASE_BYTES, randomizeCase, restoreCase } from '../../../../shared/dns/resolver/case-randomization.ts'
import { CookieJar } from '../../../../shared/dns/resolver/cookies.ts'
import { prepareQuery, type QueryOptions, RANDOM_BYTES } from '../../../../shared/dns/resolver/prepared-query.ts'
import { parseTsigKey } from '../../../../shared/dns/tsig/key.ts'
import { verifyRequest } from '../../../../shared/dns/tsig/request.ts'
import { ResponseSigner } from '../../../../shared/dns/tsig/response.ts'
import { TsigError } from '../../../../shared/dns/tsig/tsig-error.ts'
import { message, record } from '../messages.ts'

const QUESTION = { name: 'www.fourwire.test', type: 'A', class: 'IN' } as const
const NOW = 1_800_000_000
const EVERY_OTHER = Buffer.alloc(CASE_BYTES, 0b01010101)
const RANDOM = Buffer.concat([Buffer.from([0x12, 0x34]), EVERY_OTHER])

const asked = (options: QueryOptions = {}) => prepareQuery(QUESTION, options, RANDOM, NOW)

describe('a query', () => {
  test('has the id that was given, RD, and EDNS with what one packet holds', () => {
    expect(decodeMessage(asked().bytes)).toEqual(
      message({
        flags: { aa: false, tc: false, rd: true, ra: false, ad: false, cd: false },
        edns: { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [] },
      }),
    )
  })

  test('may ask for no recursion and no checking, and go without EDNS', () => {
    const { flags, edns } = decodeMessage(asked({ recurse: false, checkingDisabled: true, edns: false }).bytes)
    expect({ flags, edns }).toMatchObject({ flags: { rd: false, cd: true }, edns: undefined })
  })

  test('may say something else by EDNS', () => {
    const options = [{ code: 3, data: Buffer.alloc(0) }]
    const { edns } = decodeMessage(asked({ edns: { dnssecOk: true, udpPayloadSize: 4096, options } }).bytes)
    expect(edns).toEqual({ version: 0, udpPayloadSize: 4096, dnssecOk: true, options })
  })
})

describe('a message that comes', () => {
  const verdict = (change: Partial<Message>, options: QueryOptions = {}) => {
    const heard = asked(options).decodeResponse(encodeMessage(message({ response: true, ...change })), NOW)
    return heard ? (heard.caseMatches ? 'fits' : 'letters') : 'other'
  }
  const mixed = [{ ...QUESTION, name: 'WwW.fOuRwIrE.tEsT' }]

  test.each<[string, Partial<Message>, QueryOptions, string]>([
    ['is the response', {}, {}, 'fits'],
    ['has another id', { id: 1 }, {}, 'other'],
    ['is a query', { response: false }, {}, 'other'],
    ['is about something else than a query', { opcode: 'NOTIFY' }, {}, 'other'],
    ['is about another name', { questions: [{ ...QUESTION, name: 'fourwire.test' }] }, {}, 'other'],
    ['is about another type', { questions: [{ ...QUESTION, type: 'AAAA' }] }, {}, 'other'],
    ['is about another class', { questions: [{ ...QUESTION, class: 'CH' }] }, {}, 'other'],
    ['has two questions', { questions: [QUESTION, QUESTION] }, {}, 'other'],
    ['has no question', { questions: [] }, {}, 'other'],
    ['has no question, and says that there is no such name', { questions: [], rcode: 'NXDOMAIN' }, {}, 'other'],
    ['could not read the question', { questions: [], rcode: 'FORMERR' }, {}, 'fits'],
    ['has other letters', { questions: mixed }, {}, 'fits'],
    [
      'could not read the question that was mixed',
      { questions: [], rcode: 'FORMERR' },
      { randomizeCase: true },
      'fits',
    ],
    ['has the letters that were mixed', { questions: mixed }, { randomizeCase: true }, 'fits'],
    ['has not the letters that were mixed', {}, { randomizeCase: true }, 'letters'],
  ])('%s', (_, change, options, expected) => {
    expect(verdict(change, options)).toBe(expected)
  })
})

describe('a query that is signed', () => {
  const key = parseTsigKey('transfer:c2VjcmV0')
  const keys = new Map([[key.name, key]])
  const signed = asked({ key })
  const plain = encodeMessage(message({ response: true }))

  /** The response as a server with the same keys signs it. */
  function respond(): Buffer {
    const check = verifyRequest(signed.bytes, keys, NOW)
    if (check.kind !== 'verified') throw new Error(check.kind)
    return new ResponseSigner(key, check.mac).sign(plain, NOW)
  }

  test('believes what is signed with its key', () => {
    expect(signed.decodeResponse(respond(), NOW)?.message).toEqual(message({ response: true }))
  })

  test('believes nothing that is not, or was changed, or is old', () => {
    const changed = respond()
    changed.writeUInt8(0x84, 2)
    expect(() => signed.decodeResponse(plain, NOW)).toThrow('the response is not signed')
    expect(() => signed.decodeResponse(changed, NOW)).toThrow(TsigError)
    expect(() => signed.decodeResponse(respond(), NOW + 3600)).toThrow("the response's time is not now")
  })
})

describe('cookies', () => {
  const CLIENT = Buffer.from('12345678')
  const given = (cookie: Buffer) =>
    message({
      response: true,
      edns: { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [{ code: 10, data: cookie }] },
    })
  const FULL = Buffer.concat([CLIENT, Buffer.from('the-server')])

  test('of our own are sent until the server gives one, and then that', () => {
    const jar = new CookieJar(() => CLIENT)
    expect(jar.optionFor('a:53')).toEqual({ code: 10, data: CLIENT })
    expect(jar.store('a:53', given(FULL))).toBe(true)
    expect(jar.optionFor('a:53')).toEqual({ code: 10, data: FULL })
    expect(jar.optionFor('b:53')).toEqual({ code: 10, data: CLIENT })
  })

  test.each([
    ['none', message({ response: true })],
    ['one without their part', given(CLIENT)],
    ['one of a length that none has', given(Buffer.concat([FULL, Buffer.alloc(40)]))],
    ["somebody else's", given(Buffer.from('87654321the-server'))],
  ])('are not learnt from a response with %s', (_, response) => {
    const jar = new CookieJar(() => CLIENT)
    jar.optionFor('a:53')
    expect(jar.store('a:53', response)).toBe(false)
  })

  test('are forgotten where too many servers were asked, the one asked longest ago first', () => {
    const jar = new CookieJar(() => CLIENT)
    jar.optionFor('a:53')
    jar.store('a:53', given(FULL))
    for (let port = 0; port < 999; port++) jar.optionFor(`b:${port}`)
    expect(jar.optionFor('a:53').data).toEqual(FULL)
    for (let port = 0; port < 1000; port++) jar.optionFor(`c:${port}`)
    expect(jar.optionFor('a:53').data).toEqual(CLIENT)
  })

  test('that are not ours make a message no response', () => {
    const options = { edns: { options: [{ code: 10, data: CLIENT }] } }
    expect(asked(options).decodeResponse(encodeMessage(given(FULL)), NOW)).toBeDefined()
    expect(asked(options).decodeResponse(encodeMessage(given(Buffer.from('87654321the-server'))), NOW)).toBeUndefined()
    expect(asked(options).decodeResponse(encodeMessage(message({ response: true })), NOW)).toBeDefined()
  })
})

describe('letters', () => {
  test('are mixed by the bits, and nothing else is', () => {
    expect(randomizeCase('www.four-wire2.test', EVERY_OTHER)).toBe('WwW.fOuR-wIrE2.tEsT')
    expect(randomizeCase('a\\065\\.b._tcp', Buffer.alloc(CASE_BYTES, 0xff))).toBe('A\\065\\.B._TCP')
  })

  test('are those that were asked for when the response is restored, wherever a server points into the question', () => {
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

  test('not mixed leave the response as it came', () => {
    const questions = [{ ...QUESTION, name: 'WWW.fourwire.test' }]
    const response = message({ response: true, questions })
    expect(asked().decodeResponse(encodeMessage(response), NOW)?.message).toEqual(response)
  })

  test('mixed and restored are the name that it was', () => {
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

test('a query takes as many random bytes as it says', () => {
  const name = Array.from({ length: 4 }, () => 'a'.repeat(60)).join('.')
  const { bytes } = prepareQuery({ ...QUESTION, name }, { randomizeCase: true }, Buffer.alloc(RANDOM_BYTES, 0xff), NOW)
  expect(decodeMessage(bytes).questions[0]?.name).toBe(name.toUpperCase())
})
