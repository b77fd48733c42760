import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { decodeHeader, decodeMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { FormatError, type Message, NO_FLAGS } from '../../../shared/dns/message.ts'
import { printMessage } from '../../../shared/dns/print.ts'
import { anyMessage, message, record } from './messages.ts'

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex')
const QUESTION = '03777777 08666f757277697265 0474657374 00 0001 0001'

/** The error that reading these bytes ends with. */
function formatError(bytes: Uint8Array): FormatError {
  try {
    decodeMessage(bytes)
  } catch (error) {
    if (error instanceof FormatError) return error
    throw error
  }
  throw new Error('it was read')
}

/** How many pointers lie on the way from here, were it a name. */
function pointersFrom(bytes: Buffer, offset: number): number {
  const length = bytes[offset] ?? 0
  if (length === 0) return 0
  if (length <= 63) return pointersFrom(bytes, offset + 1 + length)
  return length < 0xc0 || offset + 1 >= bytes.length ? 0 : 1 + pointersFrom(bytes, bytes.readUInt16BE(offset) & 0x3fff)
}

describe('a message', () => {
  test('is written as RFC 1035 says', () => {
    const query = message({ flags: { ...NO_FLAGS, rd: true } })
    expect(encodeMessage(query)).toEqual(hex(`1234 0100 0001 0000 0000 0000 ${QUESTION}`))
  })

  test('comes back from the wire as it was', () => {
    fc.assert(
      fc.property(anyMessage, sent => {
        expect(decodeMessage(encodeMessage(sent))).toEqual(sent)
      }),
    )
  })

  test('is not changed by being written', () => {
    const sent = message({ answers: [record('www.fourwire.test', 'TXT', [Uint8Array.of(1), Uint8Array.of(2)])] })
    const before = structuredClone(sent)
    encodeMessage(sent)
    expect(sent).toEqual(before)
  })

  test('has its rcode in the flags, and the part that does not fit there in the OPT record', () => {
    const edns = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [] }
    expect(encodeMessage(message({ response: true, rcode: 'NXDOMAIN' })).readUInt16BE(2)).toBe(0x8003)
    const badvers = encodeMessage(message({ response: true, rcode: 'BADVERS', edns }))
    expect(badvers.readUInt16BE(2)).toBe(0x8000)
    expect(decodeMessage(badvers).rcode).toBe('BADVERS')
    expect(() => encodeMessage(message({ rcode: 'BADVERS' }))).toThrow('BADVERS cannot be said without EDNS')
  })

  test('has its names compressed: ten addresses of one name cost sixteen bytes each', () => {
    const answers = Array.from({ length: 10 }, (_, index) => record('www.fourwire.test', 'A', `127.0.0.${index}`))
    expect(encodeMessage(message({ answers })).length).toBe(12 + 23 + 10 * 16)
  })

  test('has names compressed in the data of RFC 1035 types, and in no other', () => {
    const mx = record('fourwire.test', 'MX', { preference: 1, exchange: 'www.fourwire.test' })
    const srv = record('fourwire.test', 'SRV', { priority: 0, weight: 0, port: 1, target: 'www.fourwire.test' })
    expect(encodeMessage(message({ answers: [mx] })).length).toBe(12 + 23 + 2 + 10 + 4)
    expect(encodeMessage(message({ answers: [srv] })).length).toBe(12 + 23 + 2 + 10 + 6 + 19)
  })

  test('has no name that leads over more pointers than readers follow, however a chain of aliases grows', () => {
    const names = Array.from({ length: 40 }, (_, index) => `${'a.'.repeat(index + 1)}fourwire.test`)
    const answers = names.slice(1).map((name, index) => record(names[index] ?? '', 'CNAME', name))
    const bytes = encodeMessage(message({ answers }))
    expect(decodeMessage(bytes).answers).toEqual(answers)
    const pointers = Array.from(bytes.keys()).map(offset => pointersFrom(bytes, offset))
    expect(Math.max(...pointers)).toBe(8)
    expect(bytes.length).toBeLessThan(39 * 20 + 400)
  })

  test('keeps the case of every name', () => {
    const answers = [record('WWW.Fourwire.test', 'A', '127.0.0.1')]
    expect(decodeMessage(encodeMessage(message({ answers }))).answers).toEqual(answers)
  })

  test('of an update says what is required and what is to change, sets without data among them', () => {
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

  test('of another kind has no records without data', () => {
    const answer = '1234 8000 0000 0001 0000 0000 00 0001 00ff 00000000 0000'
    expect(formatError(hex(answer)).message).toContain('the data of a A record')
    expect(decodeMessage(hex(answer.replace('8000', '2800'))).update?.prerequisites).toEqual([
      { name: '.', class: 'ANY', ttl: 0, type: 'A' },
    ])
  })

  test('may be longer than pointers can reach', () => {
    const answers = Array.from({ length: 900 }, (_, index) => record(`host${index}.fourwire.test`, 'A', '127.0.0.1'))
    const bytes = encodeMessage(message({ answers }))
    expect(bytes.length).toBeGreaterThan(0x4000)
    expect(decodeMessage(bytes).answers).toEqual(answers)
  })
})

const ask = (name: string) => [{ name, type: 'A', class: 'IN' }] as const

test('the longest labels and names there are can be written', () => {
  for (const name of [
    'x'.repeat(63),
    '\\000'.repeat(63),
    Array.from({ length: 127 }, () => 'x').join('.'),
    '\\000.'.repeat(126).concat('x'),
  ]) {
    expect(decodeMessage(encodeMessage(message({ questions: ask(name) }))).questions).toEqual(ask(name))
  }
})

describe('what the wire cannot hold is refused when writing', () => {
  const rows: [title: string, change: Partial<Message>, why: string][] = [
    ['a string over 255 bytes', { answers: [record('a', 'TXT', [Buffer.alloc(256)])] }, 'a string of 256 bytes'],
    ['an HINFO over 255 bytes', { answers: [record('a', 'HINFO', { cpu: 'x'.repeat(256), os: '' })] }, '256 bytes'],
    [
      'a CAA tag over 255',
      { answers: [record('a', 'CAA', { flags: 0, tag: 'x'.repeat(256), value: '' })] },
      '256 bytes',
    ],
    ['an address that is none', { answers: [record('a', 'A', '127.0.0')] }, 'is not an IPv4 address'],
    [
      'a set with a type that there is not',
      { answers: [record('a', 'NSEC', { next: 'b', types: ['TYPE65536'] })] },
      'DNS has no type "TYPE65536"',
    ],
    ['a number too large', { answers: [record('a', 'MX', { preference: 65536, exchange: 'a' })] }, 'out of range'],
    ['a label over 63 bytes', { questions: ask('x'.repeat(64)) }, 'a label of 64 bytes'],
    ['a label over 63 bytes by its escapes', { questions: ask('\\000'.repeat(64)) }, 'a label of 64 bytes'],
    ['a name over 255 bytes', { questions: ask(`${'x.'.repeat(127)}x`) }, 'a name of more than 255 bytes'],
    ['a name over 255 bytes in data', { answers: [record('a', 'NS', `${'x.'.repeat(127)}x`)] }, 'more than 255 bytes'],
    ['an empty label', { questions: ask('a..b') }, 'an empty label'],
    [
      'a type that there is not',
      { questions: [{ name: 'a', type: 'TYPE65536', class: 'IN' }] },
      'DNS has no "TYPE65536"',
    ],
  ]
  test.each(rows)('%s', (_, change, why) => {
    expect(() => encodeMessage(message(change))).toThrow(why)
  })
})

describe('a message that is too long', () => {
  const answers = Array.from({ length: 40 }, (_, index) => record('www.fourwire.test', 'A', `127.0.0.${index}`))
  const ns = record('fourwire.test', 'NS', 'ns.fourwire.test')
  const soa = { mname: 'a', rname: 'b', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 1 }
  const edns = { version: 0, udpPayloadSize: 1232, dnssecOk: false, options: [] }
  const long = 'x'.repeat(60)
  const room = 12 + 23 + 40 * 16
  const cut = (change: Partial<Message>, limit: number) => {
    const bytes = encodeMessage(message({ response: true, flags: { ...NO_FLAGS, aa: true }, ...change }), limit)
    expect(bytes.length).toBeLessThanOrEqual(limit)
    return decodeMessage(bytes)
  }

  test('ends at a whole record and says so', () => {
    const { flags, answers: left } = cut({ answers, authorities: [ns] }, 512)
    expect(flags.tc).toBe(true)
    expect(left).toEqual(answers.slice(0, Math.floor((512 - 35) / 16)))
  })

  test('keeps its OPT record', () => {
    const { flags, answers: left, edns: kept } = cut({ answers, edns }, 512)
    expect(flags.tc).toBe(true)
    expect(left.length).toBe(Math.floor((512 - 35 - 11) / 16))
    expect(kept).toEqual(edns)
  })

  test('is whole where it just fits', () => {
    expect(cut({ answers }, room).flags.tc).toBe(false)
    expect(cut({ answers }, room - 1).flags.tc).toBe(true)
  })

  test('does without the name servers beside an answer, and without a word', () => {
    const { flags, authorities, additionals } = cut({ answers, authorities: [ns], additionals: answers }, room)
    expect({ flags, authorities, additionals }).toMatchObject({
      flags: { tc: false },
      authorities: [],
      additionals: [],
    })
  })

  test('does without addresses beside an answer, and without a word', () => {
    expect(cut({ answers, additionals: [ns] }, room).flags.tc).toBe(false)
  })

  test('says so where the SOA after a chain is missing', () => {
    expect(cut({ answers, authorities: [record('fourwire.test', 'SOA', soa)] }, room).flags.tc).toBe(true)
  })

  test('says so where name servers or glue of a referral are missing', () => {
    const referral = { flags: NO_FLAGS, authorities: [ns], additionals: [record(`${long}.test`, 'A', '127.0.0.1')] }
    expect(cut(referral, 12 + 23 + 10).flags.tc).toBe(true)
    expect(cut(referral, 12 + 23 + 12 + 5).flags.tc).toBe(true)
    expect(cut(referral, 12 + 23 + 12 + 40).flags.tc).toBe(true)
    expect(cut(referral, 512).flags.tc).toBe(false)
  })

  test('forgets the names it took back, so that no pointer leads there', () => {
    const lost = record(`${long}.${long}.${long}.other.test`, 'A', '127.0.0.1')
    const { answers: left, edns: kept } = cut({ answers: [lost, lost], edns }, 12 + 23 + 11 + 30)
    expect({ left, kept }).toEqual({ left: [], kept: edns })
  })
})

describe('reading', () => {
  test('an OPT record is what it says, and no record', () => {
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

  test('labels with dots and bytes that are not ASCII are kept', () => {
    const { questions } = decodeMessage(hex('1234 0000 0001 0000 0000 0000 03 612e62 02 ff20 00 0001 0001'))
    expect(questions).toEqual([{ name: 'a\\.b.\\255\\032', type: 'A', class: 'IN' }])
  })

  test('types and classes without a name have a number', () => {
    const { questions } = decodeMessage(hex('1234 0000 0001 0000 0000 0000 00 ff00 0077'))
    expect(questions).toEqual([{ name: '.', type: 'TYPE65280', class: 'CLASS119' }])
  })

  test('a TTL with the highest bit set is zero', () => {
    const { answers } = decodeMessage(hex('1234 8000 0000 0001 0000 0000 00 0001 0001 80000001 0004 7f000001'))
    expect(answers).toEqual([{ name: '.', type: 'A', class: 'IN', ttl: 0, data: '127.0.0.1' }])
  })

  test('an IPv6 address is written in its shortest form', () => {
    const bytes = hex(
      '1234 8000 0000 0001 0000 0000 00 001c 0001 0000003c 0010 0001 0000 0000 0002 0000 0000 0000 0003',
    )
    expect(decodeMessage(bytes).answers[0]?.data).toBe('1:0:0:2::3')
  })

  test('bytes after the message are passed over', () => {
    const bytes = Buffer.concat([encodeMessage(message()), Buffer.from('rubbish')])
    expect(decodeMessage(bytes)).toEqual(message())
  })

  test('the header alone can be read from what is no message', () => {
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
  const wrong: [title: string, bytes: string, why: string][] = [
    ['counts that the length cannot hold', '1234 0000 ffff ffff ffff ffff', 'counts more records than'],
    ['a missing question', `${HEAD}`, 'counts more records than'],
    ['a cut question', `${HEAD} 03777777 00 0001`, 'ends in the middle of a field'],
    ['a label that runs out', `${HEAD} 3f777777 00 0001 0001`, 'ends outside the message'],
    ['a name without an end', `${HEAD} 03777777 03746573`, 'ends outside the message'],
    ['a pointer without its second byte', `${HEAD} 03777777 c0`, 'ends outside the message'],
    ['a pointer to itself', `${HEAD} c00c 0001 0001`, 'where no earlier name can be'],
    ['a pointer onwards', `${HEAD} c010 0001 0001 00`, 'where no earlier name can be'],
    ['a pointer into the header', `${HEAD} c000 0001 0001`, 'where no earlier name can be'],
    ['a pointer back into its own labels', `${HEAD} 0161 c00c 0001 0001`, 'leads in a circle or is too long'],
    ['a label of an unknown kind', `${HEAD} 41 00 0001 0001 000000`, 'a label of an unknown kind'],
    ['a name over 255 bytes', `${HEAD} ${`3f${'61'.repeat(63)}`.repeat(4)} 00 0001 0001`, 'a name is too long'],
    ['a name of endless labels', `${HEAD} ${'0161'.repeat(300)} 00 0001 0001`, 'too long'],
    ['an address that is too short', `${ANSWER} 00 0001 0001 0000003c 0003 7f0000 00`, 'data of a A record'],
    [
      'an address that is too long',
      `${ANSWER} 00 0001 0001 0000003c 0005 7f00000100`,
      'does not have the length it says',
    ],
    ['data that runs out', `${ANSWER} 00 0001 0001 0000003c 0009 7f000001`, 'ends in the middle of a field'],
    [
      'a string that runs out of its data',
      `${ANSWER} 00 0010 0001 0000003c 0002 0561 62626262`,
      'a TXT record is broken',
    ],
    ['a CAA tag that runs out of its data', `${ANSWER} 00 0101 0001 0000003c 0003 00ff61`, 'ends outside its data'],
    ['an empty CAA', `${ANSWER} 00 0101 0001 0000003c 0000`, 'CAA'],
    ['an empty name in data', `${ANSWER} 00 0002 0001 0000003c 0000`, 'ends outside the message'],
    ['a name longer than its data', `${ANSWER} 00 0002 0001 0000003c 0001 0161 00`, 'does not have the length it says'],
    ['two OPT records', `1234 0000 0000 0000 0000 0002 ${OPT} ${OPT}`, 'more than one OPT record'],
    ['an OPT record among the answers', `1234 0000 0000 0001 0000 0000 ${OPT}`, 'not in its place'],
    ['an OPT record among the authorities', `1234 0000 0000 0000 0001 0000 ${OPT}`, 'not in its place'],
    ['an OPT record that is not at the root', '1234 0000 0000 0000 0000 0001 0161 00 0029 04d0 00000000 0000', 'root'],
    ['a broken option', '1234 0000 0000 0000 0000 0001 00 0029 04d0 00000000 0005 000a 0004 01', 'middle of a field'],
  ]
  test.each(wrong)('%s is no message, and its id is known', (_, bytes, why) => {
    const error = formatError(hex(bytes))
    expect(error.message).toContain(why)
    expect(error.header).toMatchObject({ id: 0x1234, opcode: 'QUERY' })
  })

  test('fewer than twelve bytes are no message, and nothing is known', () => {
    expect(formatError(Buffer.alloc(11)).header).toBeUndefined()
  })

  test('no bytes make it fail in another way', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      // A message that was right before some of its bytes changed.
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

  test('64 KiB of names that share their ends are read once each', () => {
    // Data of 16,000 bytes that reads as 63 names of 127 labels; then 4,000 owners that point into it, each elsewhere.
    const data = Buffer.from(`${'0161'.repeat(126)}00`.repeat(63), 'hex')
    const head = hex(`1234 8000 0000 0fa1 0000 0000 00 ff00 0001 00000000 ${data.length.toString(16)}`)
    const owners = Array.from({ length: 4000 }, (_, index) => {
      const target = head.length + 253 * (index % 63) + 2 * Math.floor(index / 63)
      return hex(`${(0xc000 | target).toString(16)} ff00 0001 00000000 0000`)
    })
    const message = Buffer.concat([head, data, ...owners])
    // Every label is read off the wire as text: 63 names of 126 labels are some 8,000, from every owner to its end it
    // would be a quarter of a million.
    const reading = vi.spyOn(Buffer.prototype, 'toString')
    onTestFinished(() => reading.mockRestore())
    const { answers } = decodeMessage(message)
    expect(reading.mock.calls.length).toBeLessThan(10_000)
    expect(answers[4000]?.name).toBe(Array.from({ length: 63 }, () => 'a').join('.'))
  })
})
