import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeMessage } from '../../../shared/dns/decode.ts'
import type { Message } from '../../../shared/dns/message.ts'
import { fold } from '../../../shared/dns/name.ts'
import { prepare, type QueryOptions, RANDOM_BYTES } from '../../../shared/resolver/asked.ts'
import { LETTER_BYTES, mixLetters, unmixLetters } from '../../../shared/resolver/letters.ts'
import { message, record } from '../dns/messages.ts'

const QUESTION = { name: 'www.fourwire.test', type: 'A', class: 'IN' } as const
const EVERY_OTHER = Buffer.alloc(LETTER_BYTES, 0b01010101)
const RANDOM = Buffer.concat([Buffer.from([0x12, 0x34]), EVERY_OTHER])

const asked = (options: QueryOptions = {}) => prepare(QUESTION, options, RANDOM)

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
  const verdict = (change: Partial<Message>, options: QueryOptions = {}) =>
    asked(options).judge(message({ response: true, ...change }))
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
    ['has the letters that were mixed', { questions: mixed }, { mixLetters: true }, 'fits'],
    ['has not the letters that were mixed', {}, { mixLetters: true }, 'letters'],
  ])('%s', (_, change, options, expected) => {
    expect(verdict(change, options)).toBe(expected)
  })
})

describe('letters', () => {
  test('are mixed by the bits, and nothing else is', () => {
    expect(mixLetters('www.four-wire2.test', EVERY_OTHER)).toBe('WwW.fOuR-wIrE2.tEsT')
    expect(mixLetters('a\\065\\.b._tcp', Buffer.alloc(LETTER_BYTES, 0xff))).toBe('A\\065\\.B._TCP')
  })

  test('are those that were asked for when the response is restored, wherever a server points into the question', () => {
    const { restore } = asked({ mixLetters: true })
    const zone = 'fOuRwIrE.tEsT'
    const soa = { serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 }
    const restored = restore(
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
    const response = message({ response: true })
    expect(asked().restore(response)).toBe(response)
  })

  test('mixed and restored are the name that it was', () => {
    const random = fc.uint8Array({ minLength: LETTER_BYTES, maxLength: LETTER_BYTES })
    fc.assert(
      fc.property(fc.domain(), random, (name, bits) => {
        const sent = mixLetters(name, bits)
        expect(fold(sent)).toBe(fold(name))
        const sentMessage = message({ questions: [{ ...QUESTION, name: sent }] })
        expect(unmixLetters(sentMessage, sent, name).questions[0]?.name).toBe(name)
      }),
    )
  })
})

test('a query takes as many random bytes as it says', () => {
  const name = Array.from({ length: 4 }, () => 'a'.repeat(60)).join('.')
  const { bytes } = prepare({ ...QUESTION, name }, { mixLetters: true }, Buffer.alloc(RANDOM_BYTES, 0xff))
  expect(decodeMessage(bytes).questions[0]?.name).toBe(name.toUpperCase())
})
