import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import { frame } from '../../../../shared/dns/frames.ts'
import { type Message, NO_FLAGS } from '../../../../shared/dns/message.ts'
import { MAX_EVENT_BYTES } from '../../../../shared/trace/dissector.ts'
import { dnsDatagramDissector, dnsStreamDissector } from '../../../../shared/trace/dissectors/dns.ts'
import { describeDissected, dissectBytewise, dissectWhole, type Step } from '../../../helpers/dissect.ts'
import { anyMessage, message, record } from '../../dns/messages.ts'

const updateMessage = message({
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

describe('a summary', () => {
  const ns = record('lab.test', 'NS', 'ns.lab.test')
  const rows: [title: string, step: Step, summary: string][] = [
    ['a query', ['request', query], 'query A www.fourwire.test'],
    ['another opcode', ['request', encodeMessage(message({ opcode: 'NOTIFY' }))], 'notify A www.fourwire.test'],
    ['an update', ['request', encodeMessage(updateMessage)], 'update SOA test, 1 prerequisites, 1 updates'],
    [
      'the response to an update',
      ['response', response({ opcode: 'UPDATE', questions: updateMessage.questions })],
      'NOERROR update test SOA',
    ],
    ['a query without a question', ['request', encodeMessage(message({ questions: [] }))], 'query'],
    ['an answer', ['response', one], 'NOERROR www.fourwire.test A 127.0.0.1'],
    [
      'an answer of many records',
      ['response', response({ answers: [1, 2, 3, 4, 5].map(address) })],
      'NOERROR www.fourwire.test A 127.0.0.1, www.fourwire.test A 127.0.0.2, www.fourwire.test A 127.0.0.3, 2 more',
    ],
    ['a name that does not exist', ['response', response({ rcode: 'NXDOMAIN' })], 'NXDOMAIN www.fourwire.test A'],
    ['a type that does not exist', ['response', response()], 'NOERROR www.fourwire.test A no data'],
    [
      'a referral',
      ['response', response({ flags: NO_FLAGS, authorities: [ns] })],
      'NOERROR referral lab.test NS ns.lab.test.',
    ],
    ['a refusal', ['response', response({ rcode: 'REFUSED', questions: [] })], 'REFUSED'],
    [
      'a truncated answer',
      ['response', response({ flags: { ...AA, tc: true } })],
      'NOERROR truncated www.fourwire.test A',
    ],
  ]
  test.each(rows)('describes %s', (_, step, summary) => {
    expect(describeDissected(dissectWhole(dnsDatagramDissector, [step]))).toEqual([
      `message ${step[0]} 4660 ${summary}`,
    ])
  })

  test('is bounded and contains no control characters', () => {
    const answers = [
      record('www.fourwire.test', 'TXT', [Buffer.from('\u001b[31m'), Buffer.alloc(255, 'x'), Buffer.alloc(255, 'y')]),
    ]
    const [found] = dissectWhole(dnsDatagramDissector, [['response', response({ answers })]])
    expect(found?.summary.length).toBeLessThan(310)
    expect(found?.summary).toContain('TXT "\\027[31m"')
  })
})

describe('a datagram', () => {
  test('is dissected with its bytes', () => {
    expect(dissectWhole(dnsDatagramDissector, [['request', query]])).toMatchObject([
      { bytes: query, size: query.length },
    ])
  })

  test('that is malformed becomes an error with the reason', () => {
    expect(describeDissected(dissectWhole(dnsDatagramDissector, [['request', 'rubbish']]))).toEqual([
      'error not a DNS message (request, 7 bytes): 7 bytes are too few for a DNS message',
    ])
  })

  test('with extra bytes after the message is dissected as the message', () => {
    const bytes = Buffer.concat([query, Buffer.from('rubbish')])
    expect(describeDissected(dissectWhole(dnsDatagramDissector, [['request', bytes]]))).toEqual([
      'message request 4660 query A www.fourwire.test',
    ])
  })

  test('that is long is dissected with its first bytes', () => {
    const answers = Array.from({ length: 400 }, (_, index) => address(index % 256))
    const long = response({ answers })
    const [found] = dissectWhole(dnsDatagramDissector, [['response', long]])
    expect(found).toMatchObject({ size: long.length, bytes: long.subarray(0, MAX_EVENT_BYTES) })
  })
})

describe('a stream', () => {
  const steps: Step[] = [
    ['request', Buffer.concat([frame(query), frame(query)])],
    ['response', Buffer.concat([frame(one), frame(response())])],
  ]
  const expected = [
    'message request 4660 query A www.fourwire.test',
    'message request 4660 query A www.fourwire.test',
    'message response 4660 NOERROR www.fourwire.test A 127.0.0.1',
    'message response 4660 NOERROR www.fourwire.test A no data',
  ]

  test('is split into messages', () => {
    expect(describeDissected(dissectWhole(dnsStreamDissector, steps))).toEqual(expected)
  })

  test('is dissected equally byte by byte', () => {
    expect(dissectBytewise(dnsStreamDissector, steps)).toEqual(dissectWhole(dnsStreamDissector, steps))
  })

  test('with a malformed message has an error, and continues with the next message', () => {
    const stream = Buffer.concat([frame(query), frame(Buffer.from('rubbish')), frame(query)])
    expect(describeDissected(dissectWhole(dnsStreamDissector, [['request', stream]]))).toEqual([
      'message request 4660 query A www.fourwire.test',
      'error not a DNS message (request, 7 bytes): 7 bytes are too few for a DNS message',
      'message request 4660 query A www.fourwire.test',
    ])
  })

  test('that ends inside a message has an error', () => {
    const truncated = frame(query).subarray(0, 9)
    expect(describeDissected(dissectWhole(dnsStreamDissector, [['request', truncated]]))).toEqual([
      'error the request ended in the middle of a message, 9 bytes into it',
    ])
  })
})

test('never throws, and does not depend on how the stream is split', () => {
  const direction = fc.constantFrom('request' as const, 'response' as const)
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    anyMessage.map(sent => frame(encodeMessage(sent))),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(direction, bytes), { maxLength: 6 }), steps => {
      expect(dissectBytewise(dnsStreamDissector, steps)).toEqual(dissectWhole(dnsStreamDissector, steps))
      dissectWhole(dnsDatagramDissector, steps)
    }),
  )
})

test('stops dissecting a stream that is not DNS', () => {
  const zeros = ['request', new Uint8Array(64 * 1024)] as const
  // Neither further bytes nor an incomplete message at the end are reported.
  const dissected = dissectWhole(dnsStreamDissector, [zeros, zeros, ['request', Uint8Array.of(1)]])
  expect(dissected.map(({ kind }) => kind)).toEqual(Array(17).fill('error'))
})
