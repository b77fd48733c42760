/** Messages that try to cost a server as much as possible. Each fits into one TCP message. */
import type { TypeName } from '../../../shared/dns/codes.ts'
import { types } from '../../../shared/dns/codes.ts'
import { OPTION_CODES } from '../../../shared/dns/edns-options.ts'

/** The longest TCP message: its length field has two bytes. */
const MAX_BYTES = 0xffff

const u16 = (value: number) => [value >> 8, value & 0xff]
const header = (opcode: number, counts: readonly number[]) =>
  Buffer.from([0x12, 0x34, opcode << 3, 0, ...counts.flatMap(u16)])
const QUESTION = Buffer.from('03777777000001000' + '1', 'hex')
const SOA_QUESTION = Buffer.from('08666f757277697265047465737400' + '00060001', 'hex')

const record = (owner: Buffer, type: TypeName, data: Buffer) =>
  Buffer.concat([owner, Buffer.from([...u16(types.code(type) ?? 0), 0, 1, 0, 0, 0, 0, ...u16(data.length)]), data])
const ROOT = Buffer.of(0)

/** Repeats `piece` after `before` until the message is full, or `max` times. */
function fill(before: Buffer, piece: Buffer, max = Number.POSITIVE_INFINITY): { bytes: Buffer; count: number } {
  const count = Math.min(max, Math.floor((MAX_BYTES - before.length) / piece.length))
  return { bytes: Buffer.concat([before, ...Array.from({ length: count }, () => piece)]), count }
}

/** Creates a query with one additional record whose data fills the message. */
function withData(type: TypeName, piece: Buffer): Buffer {
  const before = Buffer.concat([header(0, [1, 0, 0, 1]), QUESTION])
  const room = MAX_BYTES - before.length - 11
  const data = Buffer.concat(Array.from({ length: Math.floor(room / piece.length) }, () => piece))
  return Buffer.concat([before, record(ROOT, type, data)])
}

/** Creates an update with `max` records, or as many as fit. */
function update(piece: Buffer, max: number): Buffer {
  const before = Buffer.concat([header(5, [1, 0, 0, 0]), SOA_QUESTION])
  const { bytes, count } = fill(before, piece, max)
  bytes.writeUInt16BE(count, 8)
  return bytes
}

/** A name of 126 labels, each of one byte that needs an escape as text. */
const ESCAPED = Buffer.concat([Buffer.concat(Array.from({ length: 126 }, () => Buffer.of(1, 0))), ROOT])
/** A name of three labels of 63 bytes that need escapes as text. */
const LONG = Buffer.concat([
  Buffer.concat(Array.from({ length: 3 }, () => Buffer.concat([Buffer.of(63), Buffer.alloc(63, 1)]))),
  ROOT,
])

/** A chain of compression pointers: each points to the one before it, the first to a name. */
function pointers(): Buffer {
  const before = Buffer.concat([header(0, [1, 0, 0, 1]), QUESTION])
  const chain = Array.from({ length: 8000 }, (_, index) =>
    Buffer.from(u16(0xc000 | (index === 0 ? 12 : before.length + 11 + 2 * (index - 1)))),
  )
  const data = Buffer.concat(chain)
  return Buffer.concat([
    before,
    record(ROOT, 'TYPE65280', data),
    record(Buffer.from(u16(0xc000 | (before.length + 11 + 2 * 7999))), 'A', Buffer.alloc(4)),
  ])
}

/** The messages by their titles. */
export const HOSTILE: Readonly<Record<string, Buffer>> = {
  ...Object.fromEntries(
    Array.from({ length: 16 }, (_, opcode) => [
      `opcode ${opcode}, all counts 65535`,
      header(opcode, [0xffff, 0xffff, 0xffff, 0xffff]),
    ]),
  ),
  'counts of 65535 before 64 KiB of zeros': Buffer.concat([
    header(0, [0xffff, 0xffff, 0xffff, 0xffff]),
    Buffer.alloc(MAX_BYTES - 12),
  ]),
  'a chain of 8000 pointers': pointers(),
  'a question whose name points to itself': Buffer.concat([
    header(0, [1, 0, 0, 0]),
    Buffer.from('c00c00010001', 'hex'),
  ]),
  'a question whose name points into itself': Buffer.concat([
    header(0, [1, 0, 0, 0]),
    Buffer.from('0100c00d00010001', 'hex'),
  ]),
  'RDLENGTH beyond the end': Buffer.concat([
    header(0, [1, 0, 0, 1]),
    QUESTION,
    Buffer.from('0000290400000000' + '00ffff', 'hex'),
  ]),
  '5900 tiny records': fill(
    Buffer.concat([header(0, [1, 0, 0, 5900]), QUESTION]),
    record(ROOT, 'TYPE65280', Buffer.alloc(0)),
  ).bytes,
  '16,000 options': withData('OPT', Buffer.from([...u16(65001), 0, 0])),
  '5000 cookies': withData('OPT', Buffer.from([...u16(OPTION_CODES.COOKIE), 0, 8, 1, 2, 3, 4, 5, 6, 7, 8])),
  '65,000 empty strings': withData('TXT', Buffer.of(0)),
  '32,000 strings of one byte': withData('TXT', Buffer.of(1, 65)),
  'an APL of 16,000 items': withData('APL', Buffer.from([0, 1, 0, 0])),
  'an NSEC of bitmaps': withData('NSEC', Buffer.from([0, 0, 1, 1])),
  'an SVCB of empty parameters': withData('SVCB', Buffer.from([0, 1, 0, 0])),
  'an update of 1000 tiny records': update(record(ROOT, 'TYPE65280', Buffer.alloc(0)), 1000),
  'an update of 5900 tiny records': update(record(ROOT, 'TYPE65280', Buffer.alloc(0)), 5900),
  'an update of names that need escapes': update(record(ESCAPED, 'NS', ESCAPED), 1000),
  'an update of long labels that need escapes': update(record(LONG, 'NS', LONG), 1000),
  'an update of strings': update(record(ROOT, 'TXT', Buffer.alloc(1000)), 1000),
  'an update of addresses': update(record(ROOT, 'AAAA', Buffer.alloc(16, 1)), 1000),
  '64 KiB after the question': Buffer.concat([header(0, [1, 0, 0, 0]), QUESTION, Buffer.alloc(MAX_BYTES - 21)]),
}
