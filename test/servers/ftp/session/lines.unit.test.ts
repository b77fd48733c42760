import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineReader, MAX_LINE_BYTES, parseCommand, type WireLine } from '../../../../servers/ftp/session/lines.ts'
import { MAX_EVENT_BYTES } from '../../../../shared/trace/dissector.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

describe('reads lines', () => {
  const whole = (text: string) => new LineReader().push(bytes(text))
  const bytewise = (text: string) => {
    const reader = new LineReader()
    return Array.from(bytes(text), byte => reader.push(Uint8Array.of(byte))).flat()
  }
  const line = (text: string) => ({ kind: 'line', text })
  const invalid = (code: number) => expect.objectContaining({ kind: 'invalid', code })

  test.for([
    ['that end with CRLF', 'NOOP\r\n', [line('NOOP')]],
    ['that end with LF', 'NOOP\n', [line('NOOP')]],
    ['in one chunk', 'NOOP\r\nPWD\r\n', [line('NOOP'), line('PWD')]],
    ['only when they are complete', 'NOOP', []],
    ['except empty ones', '\r\n\n\r\n', []],
    ['with their spaces', ' A  b \r\n', [line(' A  b ')]],
    ['in UTF-8', 'CWD \u00c3\u00bc\r\n', [line('CWD ü')]],
    ['and rejects other encodings', 'CWD \u00c3(\r\n', [invalid(501)]],
    ['and rejects a CR within a line', 'CWD a\rb\r\n', [invalid(501)]],
    ['and rejects NUL', 'CWD a\0b\r\n', [invalid(501)]],
    ['of the maximum length', `${'x'.repeat(MAX_LINE_BYTES - 1)}\r\n`, [line('x'.repeat(MAX_LINE_BYTES - 1))]],
    [
      'and rejects longer ones, but not the next',
      `${'x'.repeat(MAX_LINE_BYTES + 1)}\r\nNOOP\r\n`,
      [invalid(500), line('NOOP')],
    ],
    ['without Telnet commands', '\u00ff\u00f4\u00ff\u00f2ABOR\r\n', [line('ABOR')]],
    ['without an incomplete Telnet command', '\u00ff\u00f4\u00ffABOR\r\n', [line('ABOR')]],
    ['without Telnet options', 'NO\u00ff\u00fb\u0001OP\r\n', [line('NOOP')]],
    ['and ABOR without its LF', 'abor\rNOOP\r\n', [line('abor'), line('NOOP')]],
  ] as const)('%s', ([, text, lines]) => {
    expect(whole(text)).toEqual(lines)
    expect(bytewise(text)).toEqual(lines)
  })

  /** The lines on the wire, and what is left. */
  const onWire = (chunks: readonly Uint8Array[]) => {
    const reader = new LineReader()
    const wires: [string, number][] = []
    const add = ({ bytes, size }: WireLine) => wires.push([Buffer.from(bytes).toString('latin1'), size])
    for (const chunk of chunks) reader.push(chunk, (_, wire) => add(wire))
    const incomplete = reader.takeIncomplete()
    if (incomplete) add(incomplete)
    expect(reader.takeIncomplete()).toBeUndefined()
    return wires
  }

  test.for([
    ['with their endings', 'NOOP\r\n\r\nPWD\n', ['NOOP\r\n', 'PWD\n']],
    ['with Telnet commands', '\u00ff\u00f4NO\u00ff\u00fb\nOP\r\n', ['\u00ff\u00f4NO\u00ff\u00fb\nOP\r\n']],
    ['and ABOR without its LF', 'ABOR\r\nNOOP\r\n', ['ABOR\r', 'NOOP\r\n']],
    ['and the incomplete one', 'NOOP\r\nPA', ['NOOP\r\n', 'PA']],
  ] as const)('gives lines as they are on the wire, %s', ([, text, expected]) => {
    const wires = expected.map(line => [line, line.length])
    expect(onWire([bytes(text)])).toEqual(wires)
    expect(onWire(Array.from(bytes(text), byte => Uint8Array.of(byte)))).toEqual(wires)
  })

  test('gives the first bytes of a long line on the wire, and does not keep a large chunk for a line in it', () => {
    const long = `${'x'.repeat(3 * MAX_EVENT_BYTES)}\r\n`
    for (const chunks of [[long], [long.slice(0, 9), long.slice(9)]]) {
      expect(onWire(chunks.map(bytes))).toEqual([[long.slice(0, MAX_EVENT_BYTES), long.length]])
    }
    const kept: ArrayBufferLike[] = []
    const chunk = new Uint8Array(bytes(`NOOP\r\n${long}`))
    new LineReader().push(chunk, (_, wire) => kept.push(wire.bytes.buffer))
    expect(kept).not.toContain(chunk.buffer)
  })

  test('never throws, and the size of the chunks makes no difference', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        const reader = new LineReader()
        expect(Array.from(bytes, byte => reader.push(Uint8Array.of(byte))).flat()).toEqual(new LineReader().push(bytes))
      }),
    )
  })

  test.for([
    ['noop', 'NOOP', ''],
    ['RETR  a b ', 'RETR', ' a b '],
    ['CWD ', 'CWD', ''],
  ] as const)('parses the command %s', ([text, verb, argument]) => {
    expect(parseCommand(text)).toEqual({ verb, argument })
  })
})
