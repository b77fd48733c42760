import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_UDP_BYTES } from '../../../../servers/dns/edns/edns.ts'
import { decodeMessage } from '../../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../../shared/dns/encode.ts'
import { type Edns, NO_FLAGS, type Question } from '../../../../shared/dns/message.ts'
import { anyMessage, message } from '../../../shared/dns/messages.ts'
import { exchange, lines, respondTo, zone, zones } from '../zones.ts'

const served = zones(
  zone(
    `
ns A 127.0.0.53
www A 127.0.0.1
www TXT "hi"
long TXT ${Array.from({ length: 40 }, () => `"${'x'.repeat(40)}"`).join(' ')}
`,
    'fourwire.test',
  ),
)

const edns = (change: Partial<Edns> = {}): Edns => ({
  version: 0,
  udpPayloadSize: 4096,
  dnssecOk: false,
  options: [],
  ...change,
})
const question = (name: string, type: Question['type'], change: Partial<Question> = {}): Question[] => [
  { name, type, class: 'IN', ...change },
]

describe('a response', () => {
  test('has the id, opcode and question of the query, in its case', () => {
    const response = exchange(served, { id: 77, questions: question('wWw.fourWire.test', 'A') })
    expect(response).toMatchObject({ id: 77, response: true, opcode: 'QUERY', rcode: 'NOERROR' })
    expect(response.questions).toEqual(question('wWw.fourWire.test', 'A'))
    expect(lines(response.answers)).toEqual(['wWw.fourWire.test. 60 IN A 127.0.0.1'])
  })

  test('copies RD, and sets neither RA, AD nor CD', () => {
    const flags = { ...NO_FLAGS, rd: true, ad: true, cd: true }
    expect(exchange(served, { flags }).flags).toEqual({ ...NO_FLAGS, aa: true, rd: true })
    expect(exchange(served, {}).flags).toEqual({ ...NO_FLAGS, aa: true })
  })

  test('has these bytes', () => {
    const bytes = respondTo(served, encodeMessage(message({ questions: question('ns.fourwire.test', 'A') })), 'udp')
    expect(bytes?.toString('hex')).toBe(
      [
        '123484000001000100010000',
        '026e7308666f757277697265047465737400' + '00010001',
        'c00c' + '00010001' + '0000003c' + '0004' + '7f000035',
        'c00f' + '00020001' + '0000003c' + '0002' + 'c00c',
      ].join(''),
    )
  })

  test('to class ANY is the same as to IN; other classes are refused', () => {
    expect(exchange(served, { questions: question('www.fourwire.test', 'A', { class: 'ANY' }) }).answers.length).toBe(1)
    expect(exchange(served, { questions: question('version.bind', 'TXT', { class: 'CH' }) }).rcode).toBe('REFUSED')
  })
})

describe('an invalid query', () => {
  test('gets no response if it is a response or shorter than a header', () => {
    expect(respondTo(served, encodeMessage(message({ response: true })), 'udp')).toBeUndefined()
    expect(respondTo(served, Buffer.alloc(11), 'udp')).toBeUndefined()
  })

  test('gets FORMERR with its id if it is malformed', () => {
    const broken = Buffer.from('abcd0100ffffffffffffffff', 'hex')
    const bytes = respondTo(served, broken, 'udp')
    expect(bytes?.toString('hex')).toBe('abcd81010000000000000000')
  })

  test.each(['STATUS', 'IQUERY', 'DSO', 'OPCODE15'] as const)('gets NOTIMP for opcode %s', opcode => {
    expect(exchange(served, { opcode })).toMatchObject({ rcode: 'NOTIMP', opcode, id: 0x1234 })
  })

  test('gets NOTIMP for another opcode even if the rest is malformed', () => {
    const bytes = respondTo(served, Buffer.from('abcd1000ffffffffffffffff', 'hex'), 'udp')
    expect(bytes && decodeMessage(bytes)).toMatchObject({ rcode: 'NOTIMP', opcode: 'STATUS', id: 0xabcd })
  })

  test('gets FORMERR for several questions, or none', () => {
    const two = [...question('www.fourwire.test', 'A'), ...question('www.fourwire.test', 'TXT')]
    expect(exchange(served, { questions: two })).toMatchObject({ rcode: 'FORMERR', questions: [] })
    expect(exchange(served, { questions: [], edns: edns() })).toMatchObject({ rcode: 'FORMERR', edns: { version: 0 } })
  })

  test.each([
    ['NOTIFY', question('fourwire.test', 'SOA'), 'REFUSED'],
    ['NOTIFY', question('www.fourwire.test', 'SOA'), 'NOTAUTH'],
    ['NOTIFY', [], 'FORMERR'],
    ['UPDATE', question('fourwire.test', 'SOA'), 'REFUSED'],
    ['UPDATE', question('fourwire.test', 'SOA', { class: 'CH' }), 'NOTAUTH'],
    ['UPDATE', question('example.com', 'SOA'), 'NOTAUTH'],
    ['UPDATE', question('fourwire.test', 'A'), 'FORMERR'],
  ] as const)('of opcode %s without a handler, for %j, gets %s', (opcode, questions, rcode) => {
    expect(exchange(served, { opcode, questions })).toMatchObject({ rcode, opcode, answers: [] })
  })

  test.each([
    ['AXFR', 'REFUSED'],
    ['IXFR', 'REFUSED'],
    ['MAILA', 'NOTIMP'],
    ['MAILB', 'NOTIMP'],
    ['TKEY', 'NOTIMP'],
    ['TSIG', 'FORMERR'],
    ['OPT', 'FORMERR'],
  ] as const)('for type %s gets %s', (type, rcode) => {
    expect(exchange(served, { questions: question('fourwire.test', type) })).toMatchObject({ rcode, answers: [] })
  })

  test('never makes the server fail, whatever its bytes', () => {
    const changed = fc
      .tuple(anyMessage, fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 4 }))
      .map(([sent, changes]) => {
        const bytes = encodeMessage({ ...sent, response: false })
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), changed), bytes => {
        const response = respondTo(served, bytes, 'udp')
        expect(response?.length ?? 0).toBeLessThanOrEqual(MAX_UDP_BYTES)
      }),
      { numRuns: 500 },
    )
  })
})

describe('EDNS (RFC 6891)', () => {
  test('is in the response only if it is in the query', () => {
    expect(exchange(served, {}).edns).toBeUndefined()
    expect(exchange(served, { edns: edns({ options: [{ code: 65001, data: Buffer.from('x') }] }) }).edns).toEqual(
      edns({ udpPayloadSize: MAX_UDP_BYTES }),
    )
  })

  test('copies the DO bit (RFC 3225)', () => {
    expect(exchange(served, { edns: edns({ dnssecOk: true }) }).edns?.dnssecOk).toBe(true)
  })

  test('of another version gets BADVERS with version 0', () => {
    const response = exchange(served, { edns: edns({ version: 1 }) })
    expect(response).toMatchObject({ rcode: 'BADVERS', answers: [], edns: { version: 0 } })
    expect(response.questions.length).toBe(1)
  })
})

describe('an answer too long for UDP', () => {
  const long = question('long.fourwire.test', 'TXT')

  test.each([
    ['to 512 bytes without EDNS', undefined, 512],
    ['to 512 bytes for a smaller payload size', edns({ udpPayloadSize: 100 }), 512],
    ['to the payload size of the client', edns({ udpPayloadSize: 900 }), 900],
    ['to 1232 bytes for a larger payload size', edns({ udpPayloadSize: 65535 }), 1232],
  ])('is truncated %s', (_, edns, limit) => {
    const response = exchange(served, { questions: long, edns })
    expect(response).toMatchObject({ rcode: 'NOERROR', answers: [], flags: { tc: true, aa: true } })
    expect(response.size).toBeLessThanOrEqual(limit)
  })

  test('is complete over TCP', () => {
    const response = exchange(served, { questions: long }, 'tcp')
    expect(response).toMatchObject({ flags: { tc: false } })
    expect(response.size).toBeGreaterThan(1232)
  })
})

describe('ANY (RFC 8482)', () => {
  const any = question('www.fourwire.test', 'ANY')

  test('over UDP gets one record set', () => {
    const response = exchange(served, { questions: any })
    expect(lines(response.answers)).toEqual(['www.fourwire.test. 60 IN A 127.0.0.1'])
    expect([...response.authorities, ...response.additionals]).toEqual([])
  })

  test('over TCP gets all record sets', () => {
    expect(exchange(served, { questions: any }, 'tcp').answers.map(({ type }) => type)).toEqual(['A', 'TXT'])
  })

  test('of a name that does not exist gets the SOA', () => {
    expect(exchange(served, { questions: question('nope.fourwire.test', 'ANY') }).authorities.length).toBe(1)
  })
})
