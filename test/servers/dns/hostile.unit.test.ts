import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Cookies } from '../../../servers/dns/edns/cookies.ts'
import { RateLimit } from '../../../servers/dns/limits/rate-limit.ts'
import { NameServer } from '../../../servers/dns/name-server.ts'
import { parseQuery } from '../../../servers/dns/query/parse-query.ts'
import type { Client } from '../../../servers/dns/query/query.ts'
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { encodeMessage } from '../../../shared/dns/encode.ts'
import { WireReader } from '../../../shared/dns/wire-reader.ts'
import { anyMessage } from '../../shared/dns/messages.ts'
import { HOSTILE } from './hostile.ts'
import { zone, zones } from './zones.ts'

const TEXT = `
www A 127.0.0.1
*.wild A 127.0.0.2
lab NS ns.lab
old DNAME new
long TXT ${Array.from({ length: 200 }, () => `"${'x'.repeat(250)}"`).join(' ')}
`

/** Creates a server with all options; `defects` are the errors that it logs. */
function serve() {
  const defects: unknown[] = []
  const server = new NameServer({
    store: { zones: zones(zone(TEXT, 'fourwire.test'), zone('', '.')), version: 1 },
    cookies: new Cookies(Buffer.alloc(16)),
    identity: { nsid: 'ns1', version: 'Fourwire' },
    amplification: 3,
    rateLimit: new RateLimit({ perSecond: 1_000_000, entries: 100 }),
    now: () => 0,
    log: { error: (fields: unknown) => defects.push(fields) },
  })
  return { server, defects }
}

const client = (transport: Client['transport']): Client => ({ transport, address: '192.0.2.1', port: 4444 })

/** The most names that a query can have: question, SOA of an IXFR, four additional records, and the names in their data. */
const QUERY_NAMES = 20
/** An update can have a thousand records in two sections, with two names in the data of each. */
const UPDATE_NAMES = 3 * 2000 + QUERY_NAMES

/** Counts the names, options and strings that are read. */
class CountingReader extends WireReader {
  names = 0
  chunks = 0

  override name(): string {
    this.names++
    return super.name()
  }

  override take(length: number): Buffer {
    this.chunks++
    return super.take(length)
  }
}

describe('a hostile message', () => {
  test.each(Object.entries(HOSTILE))('is read only up to a bound: %s', (title, bytes) => {
    const reader = new CountingReader(bytes)
    parseQuery(bytes, reader)
    const isUpdate = title.includes('update')
    expect(reader.names).toBeLessThanOrEqual(isUpdate ? UPDATE_NAMES : QUERY_NAMES)
    // At most as many options and strings as fit into the longest query.
    expect(reader.chunks).toBeLessThanOrEqual(isUpdate ? UPDATE_NAMES : 8192 / 4 + QUERY_NAMES)
  })

  test.each(Object.entries(HOSTILE))('does not make the server fail: %s', (_, bytes) => {
    const { server, defects } = serve()
    const reply = server.handle(bytes, client('tcp'))
    expect(defects).toEqual([])
    const response = Buffer.isBuffer(reply) ? decodeMessage(reply) : reply
    expect(response ?? { id: 0x1234, response: true }).toMatchObject({ id: 0x1234, response: true })
  })
})

test('never fails, and sends a client that is not trusted at most three times the bytes of its query', () => {
  const changed = fc
    .tuple(anyMessage, fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 4 }))
    .map(([sent, changes]) => {
      const bytes = encodeMessage({ ...sent, response: false, opcode: 'QUERY' })
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte
      return bytes
    })
  const name = fc.constantFrom(
    'www.fourwire.test',
    'a.wild.fourwire.test',
    'x.lab.fourwire.test',
    'h.old.fourwire.test',
    'long.fourwire.test',
  )
  const anyQuestion = fc.record({
    name,
    type: fc.constantFrom('A', 'TXT', 'ANY', 'AXFR'),
    class: fc.constantFrom('IN', 'CH', 'ANY'),
  })
  const query = fc.tuple(anyMessage, anyQuestion).map(([sent, question]) =>
    encodeMessage({
      ...sent,
      response: false,
      opcode: 'QUERY',
      questions: [question],
      answers: [],
      authorities: [],
      additionals: [],
    }),
  )
  const random = fc.uint8Array({ maxLength: 300 })
  const long = fc.tuple(fc.uint8Array({ minLength: 12, maxLength: 300 }), fc.nat(0xffff)).map(([piece, length]) => {
    return Buffer.alloc(Math.max(length, piece.length), piece)
  })
  const { server, defects } = serve()
  fc.assert(
    fc.property(fc.oneof(random, long, changed, query), fc.constantFrom('udp', 'tcp', 'tls'), (bytes, transport) => {
      const reply = server.handle(Buffer.from(bytes), client(transport))
      expect(defects).toEqual([])
      if (reply === undefined) return
      if (!Buffer.isBuffer(reply)) throw new Error('unexpected sequence')
      expect(reply.readUInt16BE(0)).toBe(Buffer.from(bytes).readUInt16BE(0))
      if (transport === 'udp') expect(reply.length).toBeLessThanOrEqual(Math.min(1232, 3 * bytes.length))
    }),
    { numRuns: 2000 },
  )
})

test('copies the question to the response byte for byte', () => {
  const label = fc
    .uint8Array({ minLength: 1, maxLength: 63 })
    .map(bytes => Buffer.concat([Buffer.of(bytes.length), bytes]))
  const { server } = serve()
  fc.assert(
    fc.property(fc.array(label, { maxLength: 3 }), labels => {
      const question = Buffer.concat([...labels, Buffer.of(0, 0, 1, 0, 1)])
      const query = Buffer.concat([Buffer.from('123401000001000000000000', 'hex'), question])
      const reply = server.handle(query, client('tcp'))
      expect(Buffer.isBuffer(reply) && reply.subarray(12, 12 + question.length)).toEqual(question)
    }),
  )
})

test.each([
  ['itself', 'c00c'],
  ['into itself', '0100c00d'],
])('rejects a question that points to %s with FORMERR', (_, name) => {
  const query = Buffer.from(`123400000001000000000000${name}00010001`, 'hex')
  const reply = serve().server.handle(query, client('udp'))
  expect(Buffer.isBuffer(reply) && reply.toString('hex')).toBe('123480010000000000000000')
})

test('ignores the bits Z, AD and CD, and does not return them', () => {
  const query = Buffer.from(`1234017000010000000000000377777708666f7572776972650474657374000001${'0001'}`, 'hex')
  const reply = serve().server.handle(query, client('tcp'))
  expect(Buffer.isBuffer(reply) && reply.subarray(0, 4).toString('hex')).toBe('12348500')
})
