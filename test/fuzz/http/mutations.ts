/** Changes bytes as a faulty or hostile client would. */
import fc from 'fast-check'

export type Mutation = (bytes: Buffer) => Buffer

/** What parsers of HTTP stumble over, inserted as it is. */
const INSERTED = [
  '\r',
  '\n',
  '\0',
  '\r\n',
  '\n\n',
  '\r\n\r\n',
  '\r\n0\r\n\r\n',
  '0\r\n\r\n',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '"',
  '=',
  '%',
  '%00',
  '%0d%0a',
  '%2e%2e/',
  '../',
  '//',
  '?',
  '#',
  '\x7f',
  '\xff',
  '\xc3\xa9',
  '\u2028',
  'HTTP/1.1',
  'HTTP/1.0',
  'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n',
  '\r\nContent-Length: 5',
  '\r\nContent-Length: 5, 5',
  '\r\nTransfer-Encoding: chunked',
  '\r\nTransfer-Encoding:\tchunked ',
  '\r\nConnection: close',
  '\r\nExpect: 100-continue',
  '\r\n continued',
  '\r\nHost: b',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
]

/** Numbers at the bounds of what programs store numbers in, and what is not a number everywhere. */
const NUMBERS = [
  '0',
  '-1',
  '+1',
  '1e9',
  '0x10',
  '00000000000000000001',
  '1_000',
  '2147483648',
  '4294967296',
  '9007199254740993',
  '18446744073709551616',
  '9'.repeat(40),
  'f'.repeat(16),
  'NaN',
  '',
]

const position = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

/** A part of the bytes, mostly a short one. */
const range = fc.tuple(position, fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 400 })))

function cut(bytes: Buffer, [at, length]: readonly [number, number]): { before: Buffer; part: Buffer; after: Buffer } {
  const start = Math.floor(at * (bytes.length + 1))
  const end = Math.min(start + length, bytes.length)
  return { before: bytes.subarray(0, start), part: bytes.subarray(start, end), after: bytes.subarray(end) }
}

const flip = fc.tuple(position, fc.nat({ max: 7 })).map(
  ([at, bit]): Mutation =>
    bytes => {
      const copy = Buffer.from(bytes)
      const index = Math.floor(at * copy.length)
      copy[index] = (copy[index] ?? 0) ^ (1 << bit)
      return copy
    },
)

const insert = fc
  .tuple(
    position,
    fc.oneof(
      fc.constantFrom(...INSERTED).map(text => Buffer.from(text, 'latin1')),
      fc.uint8Array({ minLength: 1, maxLength: 6 }).map(each => Buffer.from(each)),
    ),
  )
  .map(
    ([at, added]): Mutation =>
      bytes => {
        const { before, after } = cut(bytes, [at, 0])
        return Buffer.concat([before, added, after])
      },
  )

const remove = range.map(
  (where): Mutation =>
    bytes => {
      const { before, after } = cut(bytes, where)
      return Buffer.concat([before, after])
    },
)

const duplicate = range.map(
  (where): Mutation =>
    bytes => {
      const { before, part, after } = cut(bytes, where)
      return Buffer.concat([before, part, part, after])
    },
)

const swap = fc.tuple(range, range).map(
  ([first, second]): Mutation =>
    bytes => {
      const { before, part, after } = cut(bytes, first)
      const rest = cut(after, second)
      return Buffer.concat([before, rest.part, rest.before, part, rest.after])
    },
)

/** Replaces one of the decimal or hexadecimal numbers. */
const number = fc.tuple(position, fc.constantFrom(...NUMBERS)).map(
  ([at, text]): Mutation =>
    bytes => {
      const numbers = [...bytes.toString('latin1').matchAll(/\d+/g)]
      const chosen = numbers[Math.floor(at * numbers.length)]
      if (!chosen) return bytes
      const after = bytes.subarray(chosen.index + chosen[0].length)
      return Buffer.concat([bytes.subarray(0, chosen.index), Buffer.from(text), after])
    },
)

/** Replaces the end of one of the lines by another end. */
const lineEnd = fc.tuple(position, fc.constantFrom('\n', '\r', '\r\r\n', '\n\r', '', '\0\n')).map(
  ([at, text]): Mutation =>
    bytes => {
      const ends = [...bytes.toString('latin1').matchAll(/\r\n/g)]
      const chosen = ends[Math.floor(at * ends.length)]
      if (!chosen) return bytes
      return Buffer.concat([bytes.subarray(0, chosen.index), Buffer.from(text), bytes.subarray(chosen.index + 2)])
    },
)

const truncate = position.map(
  (at): Mutation =>
    bytes =>
      bytes.subarray(0, Math.floor(at * bytes.length)),
)

/** Some changes, one after another. */
export const mutations = fc
  .array(fc.oneof(flip, insert, remove, duplicate, swap, number, lineEnd, truncate), { minLength: 1, maxLength: 4 })
  .map(
    (all): Mutation =>
      bytes =>
        all.reduce((changed, mutate) => mutate(changed), bytes),
  )
