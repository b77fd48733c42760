import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeMessage } from '../../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../../shared/dns/encode.ts'
import { isPlainQuery } from '../../../../../shared/trace/dissectors/dns/plain-query.ts'
import { dissectDns, dissectValidDns } from '../../../../../shared/trace/dissectors/dns.ts'
import { plainDissected } from '../../../../helpers/dissect.ts'
import { anyMessage, message, record } from '../../../dns/messages.ts'

const EDNS = { udpPayloadSize: 1232, version: 0, dnssecOk: false, options: [] }
const plain = encodeMessage(message())
const withOpt = encodeMessage(message({ edns: EDNS }))
/** The longest name: 255 bytes in wire format. */
const longest = [63, 63, 63, 61].map(length => 'x'.repeat(length)).join('.')

/** A copy with the byte at an offset replaced. */
function replaced(bytes: Uint8Array, offset: number, value: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[offset] = value
  return copy
}

/** A question with a name of this many bytes in labels of 63, which `encodeMessage` refuses. */
function queryOfLength(labels: readonly number[]): Buffer {
  const name = labels.map(length => Buffer.concat([Uint8Array.of(length), Buffer.alloc(length, 'x')]))
  return Buffer.concat([plain.subarray(0, 12), ...name, Uint8Array.of(0, 0, 1, 0, 1)])
}

test.each([
  ['a query', plain],
  ['with an OPT record', withOpt],
  ['of the root', encodeMessage(message({ questions: [{ name: '.', type: 'NS', class: 'IN' }] }))],
  ['of the longest name', encodeMessage(message({ questions: [{ name: longest, type: 'A', class: 'IN' }] }))],
  ['with RD and AD', replaced(replaced(plain, 2, 1), 3, 0x20)],
])('recognizes %s', (_, bytes) => {
  expect(isPlainQuery(bytes)).toBe(true)
})

const client = record('www.fourwire.test', 'A', '127.0.0.1')

test.each([
  ['an empty message', Buffer.alloc(0)],
  ['an incomplete header', plain.subarray(0, 11)],
  ['a response', encodeMessage(message({ response: true }))],
  ['another opcode', encodeMessage(message({ opcode: 'NOTIFY' }))],
  ['no question', encodeMessage(message({ questions: [] }))],
  ['two questions', replaced(plain, 5, 2)],
  ['256 questions', replaced(plain, 4, 1)],
  ['answers', encodeMessage(message({ answers: [client] }))],
  ['authorities', encodeMessage(message({ authorities: [client] }))],
  ['an additional record that is not OPT', encodeMessage(message({ additionals: [client] }))],
  ['two additional records', encodeMessage(message({ additionals: [client], edns: EDNS }))],
  [
    'an OPT record with an option',
    encodeMessage(message({ edns: { ...EDNS, options: [{ code: 3, data: Buffer.alloc(0) }] } })),
  ],
  ['an OPT record whose owner is not the root', replaced(withOpt, withOpt.length - 11, 1)],
  ['an OPT record of another type', replaced(withOpt, withOpt.length - 9, 40)],
  ['an OPT record that claims options', replaced(withOpt, withOpt.length - 1, 1)],
  ['bytes after the message', Buffer.concat([plain, Uint8Array.of(0)])],
  ['a name that ends with the message', plain.subarray(0, 20)],
  ['a question without its type', plain.subarray(0, plain.length - 4)],
  ['a compressed name', replaced(plain, 12, 0xc0)],
  ['a name of 256 bytes', queryOfLength([63, 63, 63, 62])],
])('does not recognize a message with %s', (_, bytes) => {
  expect(isPlainQuery(bytes)).toBe(false)
})

test('the decoder accepts every message that is recognized, and the description is the same', () => {
  const mutation = fc.tuple(fc.constantFrom(plain, withOpt), fc.nat(60), fc.nat(255))
  const bytes = fc.oneof(
    anyMessage.map(sent => encodeMessage(sent)),
    mutation.map(([base, offset, value]) => replaced(base, offset % base.length, value)),
    fc.uint8Array({ minLength: 12, maxLength: 40 }).map(tail => Buffer.concat([plain.subarray(0, 12), tail])),
  )
  fc.assert(
    fc.property(bytes, sent => {
      if (!isPlainQuery(sent)) return
      decodeMessage(sent)
      expect(plainDissected(dissectDns('request', sent))).toMatchObject({
        kind: 'message',
        summary: expect.stringMatching(/^query /),
      })
    }),
    { numRuns: 2000 },
  )
})

test('a message that its writer declares valid is decoded only when it is read', () => {
  const wrong = dissectValidDns('response', Buffer.from('rubbish'))
  expect(wrong).toMatchObject({ kind: 'message', size: 7, exchange: 0x7275 })
  expect(wrong.summary).toBe('the dissector failed: 7 bytes are too few for a DNS message')
})
