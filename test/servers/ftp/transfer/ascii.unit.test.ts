import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Convert, fromWire, toWire } from '../../../../servers/ftp/transfer/ascii.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')

describe('ASCII type', () => {
  const bytewise = (convert: Convert, text: string) =>
    Buffer.concat(Array.from(bytes(text), byte => convert(Uint8Array.of(byte)))).toString('latin1')

  test.for([
    ['a\nb\n', 'a\r\nb\r\n'],
    ['a\r\nb', 'a\r\nb'],
    ['\n\n', '\r\n\r\n'],
    ['\r', '\r'],
  ] as const)('sends %o as %o', ([disk, wire]) => {
    expect(Buffer.from(toWire()(bytes(disk))).toString('latin1')).toBe(wire)
    expect(bytewise(toWire(), disk)).toBe(wire)
  })

  test.for([
    ['a\r\nb\r\n', 'a\nb\n'],
    ['a\rb', 'a\rb'],
    ['\r\r\n', '\r\n'],
    ['a\n', 'a\n'],
    ['a\r', 'a\r'],
  ] as const)('stores %o as %o', ([wire, disk]) => {
    const [whole, split] = [fromWire(), fromWire()]
    expect(Buffer.concat([whole.convert(bytes(wire)), whole.end()]).toString('latin1')).toBe(disk)
    expect(bytewise(split.convert, wire) + Buffer.from(split.end()).toString('latin1')).toBe(disk)
  })

  test('text with LF does not change in a round trip', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const plain = Buffer.from(text.replaceAll('\r', ''))
        const { convert, end } = fromWire()
        expect(Buffer.concat([convert(toWire()(plain)), end()])).toEqual(plain)
      }),
    )
  })
})
