import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import { frame } from '../../../../shared/dns/frames.ts'
import { type Message, NO_FLAGS } from '../../../../shared/dns/message.ts'
import { MAX_EVENT_BYTES } from '../../../../shared/trace/dissector.ts'
import { dnsDatagramDissector, dnsStreamDissector } from '../../../../shared/trace/dissectors/dns.ts'
import { describeDissected, dissectBytewise, dissectWhole, type Step } from '../../../helpers/dissect.ts'
import { anyMessage, message, record } from '../../dns/messages.ts'

const updating = message({
  opcode: 'UPDATE',
  questions: [{ name: 'test', type: 'SOA', class: 'IN' }],
  update: {
    prerequisites: [{ name: 'www.test', type: 'ANY', class: 'NONE', ttl: 0 }],
    updates: [record('www.test', 'A', '127.0.0.1')],
  },
})
const AA = { ...NO_FLAGS, aa: true }
const query = encodeMessage(message())
const response = (change: Partial<Message> = {}) => encodeMessage(message({ response: true, flags: AA, ...change }))
const address = (index: number) => record('www.fourwire.test', 'A', `127.0.0.${index}`)
const one = response({ answers: [address(1)] })

describe('the summary', () => {
  const ns = record('lab.test', 'NS', 'ns.lab.test')
  const rows: [title: string, turn: Step, summary: string][] = [
    ['a query', ['request', query], 'query A www.fourwire.test'],
    ['another opcode', ['request', encodeMessage(message({ opcode: 'NOTIFY' }))], 'notify A www.fourwire.test'],
    ['an update', ['request', encodeMessage(updating)], 'update SOA test, 1 prerequisites, 1 updates'],
    [
      'its response',
      ['response', response({ opcode: 'UPDATE', questions: updating.questions })],
      'NOERROR update test SOA',
    ],
    ['a query without a question', ['request', encodeMessage(message({ questions: [] }))], 'query'],
    ['an answer', ['response', one], 'NOERROR www.fourwire.test A 127.0.0.1'],
    [
      'an answer of many records',
      ['response', response({ answers: [1, 2, 3, 4, 5].map(address) })],
      'NOERROR www.fourwire.test A 127.0.0.1, www.fourwire.test A 127.0.0.2, www.fourwire.test A 127.0.0.3, 2 more',
    ],
    ['a name that is not there', ['response', response({ rcode: 'NXDOMAIN' })], 'NXDOMAIN www.fourwire.test A'],
    ['a type that is not there', ['response', response()], 'NOERROR www.fourwire.test A no data'],
    [
      'a referral',
      ['response', response({ flags: NO_FLAGS, authorities: [ns] })],
      'NOERROR referral lab.test NS ns.lab.test.',
    ],
    ['a refusal', ['response', response({ rcode: 'REFUSED', questions: [] })], 'REFUSED'],
    ['a cut answer', ['response', response({ flags: { ...AA, tc: true } })], 'NOERROR truncated www.fourwire.test A'],
  ]
  test.each(rows)('of %s', (_, turn, summary) => {
    expect(describeDissected(dissectWhole(dnsDatagramDissector, [turn]))).toEqual([
      `message ${turn[0]} 4660 ${summary}`,
    ])
  })

  test('is bounded, and has no control character in it', () => {
    const answers = [
      record('www.fourwire.test', 'TXT', [Buffer.from('\u001b[31m'), Buffer.alloc(255, 'x'), Buffer.alloc(255, 'y')]),
    ]
    const [found] = dissectWhole(dnsDatagramDissector, [['response', response({ answers })]])
    expect(found?.summary.length).toBeLessThan(310)
    expect(found?.summary).toContain('TXT "\\027[31m"')
  })
})

describe('a datagram', () => {
  test('is told with its bytes', () => {
    expect(dissectWhole(dnsDatagramDissector, [['request', query]])).toMatchObject([
      { bytes: query, size: query.length },
    ])
  })

  test('that is no message is an error that says why', () => {
    expect(describeDissected(dissectWhole(dnsDatagramDissector, [['request', 'rubbish']]))).toEqual([
      'error not a DNS message (request, 7 bytes): 7 bytes are too few for a DNS message',
    ])
  })

  test('with rubbish after the message is the message', () => {
    const bytes = Buffer.concat([query, Buffer.from('rubbish')])
    expect(describeDissected(dissectWhole(dnsDatagramDissector, [['request', bytes]]))).toEqual([
      'message request 4660 query A www.fourwire.test',
    ])
  })

  test('that is long is told with its first bytes', () => {
    const answers = Array.from({ length: 400 }, (_, index) => address(index % 256))
    const long = response({ answers })
    const [found] = dissectWhole(dnsDatagramDissector, [['response', long]])
    expect(found).toMatchObject({ size: long.length, bytes: long.subarray(0, MAX_EVENT_BYTES) })
  })
})

describe('a stream', () => {
  const turns: Step[] = [
    ['request', Buffer.concat([frame(query), frame(query)])],
    ['response', Buffer.concat([frame(one), frame(response())])],
  ]
  const expected = [
    'message request 4660 query A www.fourwire.test',
    'message request 4660 query A www.fourwire.test',
    'message response 4660 NOERROR www.fourwire.test A 127.0.0.1',
    'message response 4660 NOERROR www.fourwire.test A no data',
  ]

  test('is told a message at a time', () => {
    expect(describeDissected(dissectWhole(dnsStreamDissector, turns))).toEqual(expected)
  })

  test('is told alike byte by byte', () => {
    expect(dissectBytewise(dnsStreamDissector, turns)).toEqual(dissectWhole(dnsStreamDissector, turns))
  })

  test('with rubbish in it tells an error and goes on', () => {
    const stream = Buffer.concat([frame(query), frame(Buffer.from('rubbish')), frame(query)])
    expect(describeDissected(dissectWhole(dnsStreamDissector, [['request', stream]]))).toEqual([
      'message request 4660 query A www.fourwire.test',
      'error not a DNS message (request, 7 bytes): 7 bytes are too few for a DNS message',
      'message request 4660 query A www.fourwire.test',
    ])
  })

  test('that ends in a message says so', () => {
    const cut = frame(query).subarray(0, 9)
    expect(describeDissected(dissectWhole(dnsStreamDissector, [['request', cut]]))).toEqual([
      'error the request ended in the middle of a message, 9 bytes into it',
    ])
  })
})

test('no bytes make it throw, and pieces make no difference', () => {
  const direction = fc.constantFrom('request' as const, 'response' as const)
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    anyMessage.map(sent => frame(encodeMessage(sent))),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(direction, bytes), { maxLength: 6 }), turns => {
      expect(dissectBytewise(dnsStreamDissector, turns)).toEqual(dissectWhole(dnsStreamDissector, turns))
      dissectWhole(dnsDatagramDissector, turns)
    }),
  )
})

test('a stream that is not DNS at all is given up', () => {
  const zeros = ['request', new Uint8Array(64 * 1024)] as const
  // What comes after it, and a message that is not complete at the end, is nothing any more.
  const found = dissectWhole(dnsStreamDissector, [zeros, zeros, ['request', Uint8Array.of(1)]])
  expect(found.map(({ kind }) => kind)).toEqual(Array(17).fill('error'))
})
