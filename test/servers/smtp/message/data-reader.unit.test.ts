import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DataReader, type Rejection } from '../../../../servers/smtp/message/data-reader.ts'
import { dotStuffed } from '../transcripts.ts'

const NO_HEADER = new Uint8Array()

function createReader(options: Partial<ConstructorParameters<typeof DataReader>[0]> = {}): DataReader {
  return new DataReader({ maxSize: 1_000_000, dotStuffed: true, reserve: () => true, ...options })
}

interface Result {
  readonly content: string
  readonly rejection: Rejection | undefined
  /** The bytes after the end of the data; undefined if the data did not end. */
  readonly rest: string | undefined
}

/** Reads bytes in chunks that end at the positions. */
function readSplit(bytes: Buffer, positions: readonly number[] = []): Result {
  const reader = createReader()
  const ends = [...positions.map(position => position % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let start = 0
  let rest: string | undefined
  for (const end of ends) {
    const used = reader.read(bytes.subarray(start, end))
    if (used !== undefined) {
      rest = bytes.toString('latin1', start + used)
      break
    }
    start = end
  }
  return { content: reader.contentAfter(NO_HEADER).toString('latin1'), rejection: reader.rejection, rest }
}

const read = (text: string): Result => readSplit(Buffer.from(text, 'latin1'))

/** Text of the bytes that matter to the reader, and others. */
const content = fc
  .array(fc.constantFrom('\r', '\n', '\r\n', '.', '\r\n.', '\0', 'a', 'xyz'.repeat(20), '\xff', '\x0b'), {
    maxLength: 60,
  })
  .map(parts => parts.join(''))
const splits = fc.array(fc.nat(), { maxLength: 20 })
/** Complete lines without a bare CR, a bare LF or a NUL. */
const line = fc.array(fc.constantFrom('.', 'a', ' ', '\t', '\x0b', '\xff'), { maxLength: 40 })
const lines = fc.array(line, { maxLength: 30 }).map(all => all.map(characters => `${characters.join('')}\r\n`).join(''))

test('the chunks in which the bytes arrive make no difference', () => {
  fc.assert(
    fc.property(content, splits, (text, positions) => {
      const bytes = Buffer.from(`${text}\r\n.\r\nNOOP\r\n`, 'latin1')
      expect(readSplit(bytes, positions)).toEqual(readSplit(bytes))
    }),
    { numRuns: 2000 },
  )
})

test('byte by byte is no different either', () => {
  fc.assert(
    fc.property(content, text => {
      const bytes = Buffer.from(`${text}\r\n.\r\n`, 'latin1')
      expect(readSplit(bytes, [...bytes.keys()])).toEqual(readSplit(bytes))
    }),
    { numRuns: 500 },
  )
})

test('reading what dot-stuffing wrote returns the message', () => {
  fc.assert(
    fc.property(lines, splits, (message, positions) => {
      const bytes = Buffer.from(`${dotStuffed(message)}.\r\nQUIT`, 'latin1')
      expect(readSplit(bytes, positions)).toEqual({ content: message, rejection: undefined, rest: 'QUIT' })
    }),
    { numRuns: 2000 },
  )
})

test('reading any content that dot-stuffing wrote returns it, and rejects what is malformed', () => {
  fc.assert(
    fc.property(content, text => {
      const message = `${text}\r\n`
      const result = read(`${dotStuffed(message)}.\r\n`)
      expect(result.content).toBe(message)
      expect(result.rejection === undefined).toBe(!/\r(?!\n)|(?<!\r)\n|\0/.test(message))
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['a dot after CRLF is removed', 'a\r\n.b\r\n.\r\n', 'a\r\nb\r\n'],
  ['one of two dots after CRLF is removed', '..\r\n.\r\n', '.\r\n'],
  ['dots after a bare LF are content', 'a\n..b\n.c\r\n.\r\n', 'a\n..b\n.c\r\n'],
  ['dots after a bare CR are content', 'a\r..b\r\n.\r\n', 'a\r..b\r\n'],
  ['a dot, a CR and another byte at the start of a line', '.\rx\r\n.\r\n', '\rx\r\n'],
  ['a dot and two CRs at the start of a line', '.\r\r\n.\r\n', '\r\r\n'],
])('%s (RFC 5321, section 4.5.2)', (_title, data, expected) => {
  expect(read(data)).toMatchObject({ content: expected, rest: '' })
})

test.each([
  ['bare CR', 'one\r\ntwo\rthree\r\n', 2],
  ['bare LF', 'one\ntwo\r\n', 1],
  ['bare LF', 'one\r\n\r\ntwo\n', 3],
  ['NUL', 'one\r\ntwo\r\n\0\r\n', 3],
  ['bare CR', '\r\r\n', 1],
] as const)('reports the first %s of %j with its line', (problem, data, line) => {
  expect(read(`${data}\r\n.\r\n`).rejection).toEqual({ reason: 'malformed', problem, line })
})

test('counts what exceeds the size, and discards it', () => {
  const reader = createReader({ maxSize: 10_000 })
  for (let count = 0; count < 100; count += 1) reader.read(Buffer.alloc(10_000, 'x'))
  expect(reader.size).toBe(1_000_000)
  expect(reader.rejection).toEqual({ reason: 'too big' })
  expect(reader.contentAfter(Buffer.from('header'))).toEqual(Buffer.from('header'))
})

test('accepts the maximum size, and no more', () => {
  for (const [length, reason] of [
    [10_000, undefined],
    [10_001, 'too big'],
  ] as const) {
    const reader = createReader({ maxSize: 10_000 })
    reader.read(Buffer.alloc(length, 'x'))
    expect(reader.rejection?.reason).toBe(reason)
  }
})

test('takes memory in blocks, and rejects the message if there is none', () => {
  const reserved: number[] = []
  const reader = createReader({ reserve: bytes => reserved.push(bytes) <= 2 })
  reader.read(Buffer.alloc(1000, 'x'))
  expect(reserved).toEqual([4096])
  reader.read(Buffer.alloc(100_000, 'x'))
  expect(reserved).toEqual([4096, 8192, 16_384])
  expect(reader.rejection).toEqual({ reason: 'no memory' })
  expect(reader.size).toBe(101_000)
})

test('the content of chunks is not dot-stuffed, and a CR at its end is bare', () => {
  const reader = createReader({ dotStuffed: false })
  reader.read(Buffer.from('.a\r\n.\r\n..\r'))
  expect(reader.rejection).toBeUndefined()
  reader.end()
  expect(reader.rejection).toEqual({ reason: 'malformed', problem: 'bare CR', line: 3 })
  expect(reader.contentAfter(NO_HEADER).toString()).toBe('.a\r\n.\r\n..\r')
})

/** A chunk that counts the bytes that are read from it, one by one or as parts. */
function countReads(chunk: Buffer) {
  const counter = { reads: 0 }
  const counted = new Proxy(chunk, {
    get(target, key) {
      if (key === 'subarray')
        return (start: number, end: number) => {
          counter.reads += end - start
          return target.subarray(start, end)
        }
      if (typeof key === 'string' && /^\d+$/.test(key)) counter.reads += 1
      return Reflect.get(target, key)
    },
  })
  return { counted, counter }
}

// smtp-server takes a step for each dot-stuffed line, so that a message of dots takes 200 times as long as text.
test.each([
  ['text', `${'x'.repeat(76)}\r\n`],
  ['dots', '..\r\n'],
  ['dots alone', '.x\r\n'],
  ['empty lines', '\r\n'],
  ['bare LF', '\n'],
  ['bare CR', '\r'],
  ['NUL', '\0'],
  ['false ends', '\r\n.\r.\n'],
])('reads each byte of %s at most twice: to look at it and to copy it', (_title, part) => {
  const { counted, counter } = countReads(Buffer.from(part.repeat(1000), 'latin1'))
  createReader().read(counted)
  expect(counter.reads).toBeGreaterThanOrEqual(counted.length)
  expect(counter.reads).toBeLessThanOrEqual(2 * counted.length)
})
