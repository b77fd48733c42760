import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeHeader, decodeMessage, readMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { FormatError, type Message, NO_FLAGS } from '../../../shared/dns/message.ts'
import { printMessage } from '../../../shared/dns/print.ts'
import { WireReader } from '../../../shared/dns/wire-reader.ts'
import { anyMessage, message, record } from './messages.ts'

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')
const QUESTION = '03777777 08666f757277697265 0474657374 00 0001 0001'

/** Returns the error of decoding these bytes. */
function formatErrorOf(bytes: Uint8Array): FormatError {
  try {
    decodeMessage(bytes)
  } catch (error) {
    if (error instanceof FormatError) return error
    throw error
  }
  throw new Error('decoding succeeded')
}

/** Counts the labels and pointers that are read. */
class CountingReader extends WireReader {
  steps = 0

  protected override readSuffix(at: number, first: number, depth: number) {
    this.steps++
    return super.readSuffix(at, first, depth)
  }
}

/** Counts the pointers to follow to read a name at this offset. */
function countPointers(bytes: Buffer, offset: number): number {
  const length = bytes[offset] ?? 0
  if (length === 0) return 0
  if (length <= 63) return countPointers(bytes, offset + 1 + length)
  return length < 0xc0 || offset + 1 >= bytes.length ? 0 : 1 + countPointers(bytes, bytes.readUInt16BE(offset) & 0x3fff)
}

describe('encodeMessage', () => {
  test('writes the wire format of RFC 1035', () => {
    const query = message({ flags: { ...NO_FLAGS, rd: true } })
    expect(encodeMessage(query)).toEqual(hex(`1234 0100 0001 0000 0000 0000 ${QUESTION}`))
  })

  test('writes bytes that decode to the same message', () => {
    fc.assert(
      fc.property(anyMessage, sent => {
        expect(decodeMessage(encodeMessage(sent))).toEqual(sent)
      }),
    )
  })

  test('does not modify the message', () => {
    const sent = message({ answers: [record('www.fourwire.test', 'TXT', [Uint8Array.of(1), Uint8Array.of(2)])] })
    const before = structuredClone(sent)
    encodeMessage(sent)
    expect(sent).toEqual(before)
  })

  test('writes the rcode into the flags, and its upper bits into the OPT record', () => {
    const edns = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [] }
    expect(encodeMessage(message({ response: true, rcode: 'NXDOMAIN' })).readUInt16BE(2)).toBe(0x8003)
    const badvers = encodeMessage(message({ response: true, rcode: 'BADVERS', edns }))
    expect(badvers.readUInt16BE(2)).toBe(0x8000)
    expect(decodeMessage(badvers).rcode).toBe('BADVERS')
    expect(() => encodeMessage(message({ rcode: 'BADVERS' }))).toThrow('cannot encode rcode BADVERS: it needs EDNS')
  })

  test('compresses names: ten addresses of one name take sixteen bytes each', () => {
    const answers = Array.from({ length: 10 }, (_, index) => record('www.fourwire.test', 'A', `127.0.0.${index}`))
    expect(encodeMessage(message({ answers })).length).toBe(12 + 23 + 10 * 16)
  })

  test('compresses names in the data of RFC 1035 types only', () => {
    const mx = record('fourwire.test', 'MX', { preference: 1, exchange: 'www.fourwire.test' })
    const srv = record('fourwire.test', 'SRV', { priority: 0, weight: 0, port: 1, target: 'www.fourwire.test' })
    expect(encodeMessage(message({ answers: [mx] })).length).toBe(12 + 23 + 2 + 10 + 4)
    expect(encodeMessage(message({ answers: [srv] })).length).toBe(12 + 23 + 2 + 10 + 6 + 19)
  })

  test('writes no name with more pointers than readers follow, even in a long CNAME chain', () => {
    const names = Array.from({ length: 40 }, (_, index) => `${'a.'.repeat(index + 1)}fourwire.test`)
    const answers = names.slice(1).map((name, index) => record(names[index] ?? '', 'CNAME', name))
    const bytes = encodeMessage(message({ answers }))
    expect(decodeMessage(bytes).answers).toEqual(answers)
    const pointers = Array.from(bytes.keys()).map(offset => countPointers(bytes, offset))
    expect(Math.max(...pointers)).toBe(8)
    expect(bytes.length).toBeLessThan(39 * 20 + 400)
  })

  test('preserves the case of names', () => {
    const answers = [record('WWW.Fourwire.test', 'A', '127.0.0.1')]
    expect(decodeMessage(encodeMessage(message({ answers }))).answers).toEqual(answers)
  })

  test('writes prerequisites and updates of an UPDATE message, with and without data', () => {
    const update = {
      prerequisites: [{ name: 'a.test', class: 'NONE', ttl: 0, type: 'ANY' }],
      updates: [
        { name: 'a.test', class: 'ANY', ttl: 0, type: 'A' },
        { ...record('a.test', 'A', '127.0.0.1'), class: 'NONE', ttl: 0 },
        record('a.test', 'MX', { preference: 1, exchange: 'b.test' }),
      ],
    } as const
    const sent = message({ opcode: 'UPDATE', questions: [{ name: 'test', type: 'SOA', class: 'IN' }], update })
    const bytes = encodeMessage(sent)
    expect([4, 6, 8, 10].map(at => bytes.readUInt16BE(at))).toEqual([1, 1, 3, 0])
    expect(decodeMessage(bytes)).toEqual(sent)
    expect(printMessage(sent)).toContain(
      [
        ';; ZONE SECTION:',
        ';test.\t\t\t\tIN\tSOA',
        '',
        ';; PREREQUISITE SECTION:',
        'a.test.\t\t\t0\tNONE\tANY',
        '',
        ';; UPDATE SECTION:',
        'a.test.\t\t\t0\tANY\tA',
        'a.test.\t\t\t0\tNONE\tA\t127.0.0.1',
        'a.test.\t\t\t60\tIN\tMX\t1 b.test.',
      ].join('\n'),
    )
  })

  test('decodes records without data in an UPDATE message only', () => {
    const answer = '1234 8000 0000 0001 0000 0000 00 0001 00ff 00000000 0000'
    expect(formatErrorOf(hex(answer)).message).toContain('malformed A record')
    expect(decodeMessage(hex(answer.replace('8000', '2800'))).update?.prerequisites).toEqual([
      { name: '.', class: 'ANY', ttl: 0, type: 'A' },
    ])
  })

  test('writes messages longer than pointers can reach', () => {
    const answers = Array.from({ length: 900 }, (_, index) => record(`host${index}.fourwire.test`, 'A', '127.0.0.1'))
    const bytes = encodeMessage(message({ answers }))
    expect(bytes.length).toBeGreaterThan(0x4000)
    expect(decodeMessage(bytes).answers).toEqual(answers)
  })
})

const questionFor = (name: string) => [{ name, type: 'A', class: 'IN' }] as const

test('encodes and decodes the longest labels and names', () => {
  for (const name of [
    'x'.repeat(63),
    '\\000'.repeat(63),
    Array.from({ length: 127 }, () => 'x').join('.'),
    '\\000.'.repeat(126).concat('x'),
  ]) {
    expect(decodeMessage(encodeMessage(message({ questions: questionFor(name) }))).questions).toEqual(questionFor(name))
  }
})

describe('encodeMessage throws on', () => {
  const rows: [title: string, change: Partial<Message>, reason: string][] = [
    [
      'a string over 255 bytes',
      { answers: [record('a', 'TXT', [Buffer.alloc(256)])] },
      'character-string of 256 bytes',
    ],
    ['an HINFO over 255 bytes', { answers: [record('a', 'HINFO', { cpu: 'x'.repeat(256), os: '' })] }, '256 bytes'],
    [
      'a CAA tag over 255',
      { answers: [record('a', 'CAA', { flags: 0, tag: 'x'.repeat(256), value: '' })] },
      '256 bytes',
    ],
    ['an invalid address', { answers: [record('a', 'A', '127.0.0')] }, 'is not an IPv4 address'],
    [
      'an unknown type in a type bitmap',
      { answers: [record('a', 'NSEC', { next: 'b', types: ['TYPE65536'] })] },
      'cannot encode "TYPE65536": unknown type',
    ],
    ['a number too large', { answers: [record('a', 'MX', { preference: 65536, exchange: 'a' })] }, 'out of range'],
    ['a label over 63 bytes', { questions: questionFor('x'.repeat(64)) }, 'label of 64 bytes'],
    ['a label over 63 bytes with escapes', { questions: questionFor('\\000'.repeat(64)) }, 'label of 64 bytes'],
    ['a name over 255 bytes', { questions: questionFor(`${'x.'.repeat(127)}x`) }, 'name longer than 255 bytes'],
    [
      'a name over 255 bytes in data',
      { answers: [record('a', 'NS', `${'x.'.repeat(127)}x`)] },
      'longer than 255 bytes',
    ],
    ['an empty label', { questions: questionFor('a..b') }, 'an empty label'],
    [
      'an unknown type',
      { questions: [{ name: 'a', type: 'TYPE65536', class: 'IN' }] },
      'cannot encode "TYPE65536": unknown code',
    ],
  ]
  test.each(rows)('%s', (_, change, reason) => {
    expect(() => encodeMessage(message(change))).toThrow(reason)
  })
})

describe('a message longer than the limit', () => {
  const answers = Array.from({ length: 40 }, (_, index) => record('www.fourwire.test', 'A', `127.0.0.${index}`))
  const ns = record('fourwire.test', 'NS', 'ns.fourwire.test')
  const soa = { mname: 'a', rname: 'b', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }
  const edns = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [] }
  const long = 'x'.repeat(60)
  const room = 12 + 23 + 40 * 16
  const decodeLimited = (change: Partial<Message>, limit: number) => {
    const bytes = encodeMessage(message({ response: true, flags: { ...NO_FLAGS, aa: true }, ...change }), limit)
    expect(bytes.length).toBeLessThanOrEqual(limit)
    return decodeMessage(bytes)
  }

  test('ends after a whole record, with TC', () => {
    const { flags, answers: decoded } = decodeLimited({ answers, authorities: [ns] }, 512)
    expect(flags.tc).toBe(true)
    expect(decoded).toEqual(answers.slice(0, Math.floor((512 - 35) / 16)))
  })

  test('keeps its OPT record', () => {
    const { flags, answers: decoded, edns: decodedEdns } = decodeLimited({ answers, edns }, 512)
    expect(flags.tc).toBe(true)
    expect(decoded.length).toBe(Math.floor((512 - 35 - 11) / 16))
    expect(decodedEdns).toEqual(edns)
  })

  test('has all records and no TC if it just fits', () => {
    expect(decodeLimited({ answers }, room).flags.tc).toBe(false)
    expect(decodeLimited({ answers }, room - 1).flags.tc).toBe(true)
  })

  test('omits the NS records beside an answer without TC', () => {
    const { flags, authorities, additionals } = decodeLimited(
      { answers, authorities: [ns], additionals: answers },
      room,
    )
    expect({ flags, authorities, additionals }).toMatchObject({
      flags: { tc: false },
      authorities: [],
      additionals: [],
    })
  })

  test('omits additional addresses beside an answer without TC', () => {
    expect(decodeLimited({ answers, additionals: [ns] }, room).flags.tc).toBe(false)
  })

  test('has TC if the SOA after a CNAME chain is omitted', () => {
    expect(decodeLimited({ answers, authorities: [record('fourwire.test', 'SOA', soa)] }, room).flags.tc).toBe(true)
  })

  test('has TC if NS records or glue of a referral are omitted', () => {
    const referral = { flags: NO_FLAGS, authorities: [ns], additionals: [record(`${long}.test`, 'A', '127.0.0.1')] }
    expect(decodeLimited(referral, 12 + 23 + 10).flags.tc).toBe(true)
    expect(decodeLimited(referral, 12 + 23 + 12 + 5).flags.tc).toBe(true)
    expect(decodeLimited(referral, 12 + 23 + 12 + 40).flags.tc).toBe(true)
    expect(decodeLimited(referral, 512).flags.tc).toBe(false)
  })

  test('has no pointer to a name in an omitted record', () => {
    const omitted = record(`${long}.${long}.${long}.other.test`, 'A', '127.0.0.1')
    const { answers: decoded, edns: decodedEdns } = decodeLimited(
      { answers: [omitted, omitted], edns },
      12 + 23 + 11 + 30,
    )
    expect({ decoded, decodedEdns }).toEqual({ decoded: [], decodedEdns: edns })
  })
})

describe('decodeMessage', () => {
  test('decodes the OPT record as edns, not as an additional record', () => {
    const bytes = hex(`1234 0000 0001 0000 0000 0001 ${QUESTION} 00 0029 04d0 00 00 8000 0008 000a 0004 01020304`)
    const { edns, additionals } = decodeMessage(bytes)
    expect(edns).toEqual({
      version: 0,
      udpPayloadSize: 1232,
      dnssecOk: true,
      options: [{ code: 10, data: Buffer.from([1, 2, 3, 4]) }],
    })
    expect(additionals).toEqual([])
  })

  test('preserves dots and bytes that are not ASCII in labels', () => {
    const { questions } = decodeMessage(hex('1234 0000 0001 0000 0000 0000 03 612e62 02 ff20 00 0001 0001'))
    expect(questions).toEqual([{ name: 'a\\.b.\\255\\032', type: 'A', class: 'IN' }])
  })

  test('names unknown types and classes by number', () => {
    const { questions } = decodeMessage(hex('1234 0000 0001 0000 0000 0000 00 ff00 0077'))
    expect(questions).toEqual([{ name: '.', type: 'TYPE65280', class: 'CLASS119' }])
  })

  test('decodes a TTL with the most significant bit set as zero', () => {
    const { answers } = decodeMessage(hex('1234 8000 0000 0001 0000 0000 00 0001 0001 80000001 0004 7f000001'))
    expect(answers).toEqual([{ name: '.', type: 'A', class: 'IN', ttl: 0, data: '127.0.0.1' }])
  })

  test('decodes an IPv6 address in its shortest form', () => {
    const bytes = hex(
      '1234 8000 0000 0001 0000 0000 00 001c 0001 0000003c 0010 0001 0000 0000 0002 0000 0000 0000 0003',
    )
    expect(decodeMessage(bytes).answers[0]?.data).toBe('1:0:0:2::3')
  })

  test('ignores bytes after the message', () => {
    const bytes = Buffer.concat([encodeMessage(message()), Buffer.from('rubbish')])
    expect(decodeMessage(bytes)).toEqual(message())
  })

  test('decodes only the header of a malformed message with decodeHeader', () => {
    expect(decodeHeader(hex('1234 2900 ffff ffff ffff ffff'))).toEqual({
      id: 0x1234,
      response: false,
      opcode: 'UPDATE',
      flags: { ...NO_FLAGS, rd: true },
    })
    expect(decodeHeader(Buffer.alloc(11))).toBeUndefined()
  })

  const HEAD = '1234 0000 0001 0000 0000 0000'
  const ANSWER = '1234 8000 0000 0001 0000 0000'
  const OPT = '00 0029 04d0 00000000 0000'
  const malformed: [title: string, bytes: string, reason: string][] = [
    ['counts that the length cannot hold', '1234 0000 ffff ffff ffff ffff', 'counts more records than'],
    ['a missing question', `${HEAD}`, 'counts more records than'],
    ['a truncated question', `${HEAD} 03777777 00 0001`, 'ends inside a field'],
    ['a label that runs out', `${HEAD} 3f777777 00 0001 0001`, 'past the end of the message'],
    ['a name without an end', `${HEAD} 03777777 03746573`, 'past the end of the message'],
    ['a pointer without its second byte', `${HEAD} 03777777 c0`, 'past the end of the message'],
    ['a pointer to itself', `${HEAD} c00c 0001 0001`, 'pointer does not point back'],
    ['a pointer forward', `${HEAD} c010 0001 0001 00`, 'pointer does not point back'],
    ['a pointer into the header', `${HEAD} c000 0001 0001`, 'pointer does not point back'],
    ['a pointer to its own labels', `${HEAD} 0161 c00c 0001 0001`, 'too many labels or a pointer loop'],
    ['a label of unknown type', `${HEAD} 41 00 0001 0001 000000`, 'a label of unknown type'],
    ['a name over 255 bytes', `${HEAD} ${`3f${'61'.repeat(63)}`.repeat(4)} 00 0001 0001`, 'a name is too long'],
    ['a name of 300 labels', `${HEAD} ${'0161'.repeat(300)} 00 0001 0001`, 'too many labels'],
    ['an address that is too short', `${ANSWER} 00 0001 0001 0000003c 0003 7f0000 00`, 'malformed A record'],
    ['an address that is too long', `${ANSWER} 00 0001 0001 0000003c 0005 7f00000100`, 'does not end at RDLENGTH'],
    ['data that runs out', `${ANSWER} 00 0001 0001 0000003c 0009 7f000001`, 'ends inside a field'],
    ['a string longer than its data', `${ANSWER} 00 0010 0001 0000003c 0002 0561 62626262`, 'malformed TXT record'],
    ['a CAA tag longer than its data', `${ANSWER} 00 0101 0001 0000003c 0003 00ff61`, 'past the end of the data'],
    ['an empty CAA', `${ANSWER} 00 0101 0001 0000003c 0000`, 'CAA'],
    ['an empty name in data', `${ANSWER} 00 0002 0001 0000003c 0000`, 'past the end of the message'],
    ['a name longer than its data', `${ANSWER} 00 0002 0001 0000003c 0001 0161 00`, 'does not end at RDLENGTH'],
    ['two OPT records', `1234 0000 0000 0000 0000 0002 ${OPT} ${OPT}`, 'more than one OPT record'],
    ['an OPT record among the answers', `1234 0000 0000 0001 0000 0000 ${OPT}`, 'outside the additional section'],
    ['an OPT record among the authorities', `1234 0000 0000 0000 0001 0000 ${OPT}`, 'outside the additional section'],
    ['an OPT record not at the root', '1234 0000 0000 0000 0000 0001 0161 00 0029 04d0 00000000 0000', 'root'],
    ['a truncated option', '1234 0000 0000 0000 0000 0001 00 0029 04d0 00000000 0005 000a 0004 01', 'inside a field'],
  ]
  test.each(malformed)('throws a FormatError with the header on %s', (_, bytes, reason) => {
    const error = formatErrorOf(hex(bytes))
    expect(error.message).toContain(reason)
    expect(error.header).toMatchObject({ id: 0x1234, opcode: 'QUERY' })
  })

  test('throws a FormatError without a header on fewer than twelve bytes', () => {
    expect(formatErrorOf(Buffer.alloc(11)).header).toBeUndefined()
  })

  test('throws no other error, whatever the bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      // A valid message with some bytes changed.
      fc
        .tuple(anyMessage, fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { minLength: 1, maxLength: 6 }))
        .map(([sent, changes]) => {
          const encoded = encodeMessage(sent)
          for (const [at, byte] of changes) encoded[at % encoded.length] = byte
          return encoded
        }),
    )
    fc.assert(
      fc.property(bytes, given => {
        try {
          decodeMessage(given)
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('reads each label once in 64 KiB of names with shared suffixes', () => {
    // 16,000 bytes of data that are 63 names of 126 labels, then 4,000 owner names that are pointers to different
    // labels.
    const data = Buffer.from(`${'0161'.repeat(126)}00`.repeat(63), 'hex')
    const head = hex(`1234 8000 0000 0fa1 0000 0000 00 ff00 0001 00000000 ${data.length.toString(16)}`)
    const owners = Array.from({ length: 4000 }, (_, index) => {
      const target = head.length + 253 * (index % 63) + 2 * Math.floor(index / 63)
      return hex(`${(0xc000 | target).toString(16)} ff00 0001 00000000 0000`)
    })
    const reader = new CountingReader(Buffer.concat([head, data, ...owners]))
    const { answers } = readMessage(reader)
    // One step per pointer, and one per label and root of the 63 names. If the reader did not remember suffixes, it
    // would read every owner name to its end: 387,008 steps.
    expect(reader.steps).toBeGreaterThanOrEqual(4000)
    expect(reader.steps).toBeLessThanOrEqual(4000 + 63 * 127)
    expect(answers[4000]?.name).toBe(Array.from({ length: 63 }, () => 'a').join('.'))
  })
})
