import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  absolute,
  escapeByte,
  firstDot,
  fold,
  isAtOrBelow,
  labelsOf,
  labelToBytes,
  NameError,
  parentOf,
  parseName,
} from '../../../shared/dns/name.ts'

describe('parseName', () => {
  const rows: [title: string, text: string, origin: string | undefined, name: string][] = [
    ['removes the trailing dot of an absolute name', 'www.fourwire.test.', undefined, 'www.fourwire.test'],
    ['appends the origin to a relative name', 'www', 'fourwire.test', 'www.fourwire.test'],
    ['appends nothing to a relative name if the origin is the root', 'www', '.', 'www'],
    ['does not append the origin to an absolute name', 'www.', 'fourwire.test', 'www'],
    ['accepts the root', '.', 'fourwire.test', '.'],
    ['keeps an escaped dot inside a label', 'first\\.last.fourwire.test.', undefined, 'first\\.last.fourwire.test'],
    ['resolves decimal escapes', 'first\\046last.', undefined, 'first\\.last'],
    ['removes unnecessary escapes', '\\w\\119w.', undefined, 'www'],
    ['escapes a blank in decimal', 'a\\ b.', undefined, 'a\\032b'],
    ['keeps the decimal escape of a byte that is not ASCII', 'b\\252cher.', undefined, 'b\\252cher'],
    ['encodes characters that are not ASCII as UTF-8', 'bücher.', undefined, 'b\\195\\188cher'],
    ['escapes special characters of master files', '\\$a\\;\\@.', undefined, '\\$a\\;\\@'],
    ['splits at a dot after an escaped backslash', 'a\\\\.b.', undefined, 'a\\\\.b'],
    ['accepts a slash, as in RFC 2317', '0/25.2.0.192.in-addr.arpa.', undefined, '0/25.2.0.192.in-addr.arpa'],
    ['accepts a wildcard', '*', 'fourwire.test', '*.fourwire.test'],
  ]
  test.each(rows)('%s', (_, text, origin, name) => {
    expect(parseName(text, origin)).toBe(name)
  })

  const invalid: [title: string, text: string, message: string][] = [
    ['an empty text', '', 'is not a valid name: empty label'],
    ['an empty label', 'a..b', 'is not a valid name: empty label'],
    ['an empty label beside an escape', 'a\\.b..c', 'is not a valid name: empty label'],
    ['a leading dot', '.a', 'is not a valid name: empty label'],
    ['two trailing dots', 'a..', 'is not a valid name: empty label'],
    ['a label of 64 bytes', `${'x'.repeat(64)}.test`, 'is not a valid name: label longer than 63 bytes'],
    [
      'a label of 64 bytes with an escape',
      `\\.${'x'.repeat(63)}.test`,
      'is not a valid name: label longer than 63 bytes',
    ],
    [
      'a name of 256 bytes',
      `${'x'.repeat(62)}.${`${'x'.repeat(63)}.`.repeat(3)}`,
      'is not a valid name: longer than 255 bytes',
    ],
    ['an escape above 255', '\\256', 'is not a valid name: invalid escape'],
    ['a backslash at the end', 'a\\', 'is not a valid name: invalid escape'],
    ['a decimal escape of two digits', 'a\\25', 'is not a valid name: invalid escape'],
  ]
  test.each(invalid)('throws on %s', (_, text, message) => {
    expect(() => parseName(text)).toThrow(NameError)
    expect(() => parseName(text)).toThrow(message)
  })

  test('accepts a name of 255 bytes', () => {
    const longest = `${'x'.repeat(61)}.${'x'.repeat(63)}.${'x'.repeat(63)}.${'x'.repeat(62)}`
    expect(parseName(`${longest}x`)).toBe(`${longest}x`)
  })

  test('parses a canonical name to itself, whatever its bytes', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 12 }).map(bytes => Array.from(bytes, escapeByte).join(''))
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 5 }), labels => {
        const name = labels.join('.')
        expect(parseName(absolute(name))).toBe(name)
        expect(labelsOf(name)).toEqual(labels)
      }),
    )
  })
})

describe('names', () => {
  test('have as parent the name without its first label, even with an escaped dot', () => {
    expect(parentOf('a\\.b.c.d')).toBe('c.d')
    expect(parentOf('a\\\\.c')).toBe('c')
    expect(parentOf('d')).toBe('.')
    expect(parentOf('.')).toBeUndefined()
    expect(firstDot('a\\.b')).toBe(-1)
  })

  test('split into labels and bytes', () => {
    expect(labelsOf('.')).toEqual([])
    expect(labelsOf('www.test')).toEqual(['www', 'test'])
    expect(labelToBytes('a\\.\\000b')).toEqual(Buffer.from('a.\0b'))
  })

  test('are compared by whole labels to decide whether they are at or below a zone', () => {
    expect(isAtOrBelow('fourwire.test', 'fourwire.test')).toBe(true)
    expect(isAtOrBelow('www.fourwire.test', 'fourwire.test')).toBe(true)
    expect(isAtOrBelow('notfourwire.test', 'fourwire.test')).toBe(false)
    expect(isAtOrBelow('www\\.fourwire.test', 'fourwire.test')).toBe(false)
    expect(isAtOrBelow('test', 'fourwire.test')).toBe(false)
    expect(isAtOrBelow('anything', '.')).toBe(true)
  })

  test('fold to lower case, and end in a dot in absolute form', () => {
    expect(fold('WwW.Fourwire.TEST')).toBe('www.fourwire.test')
    expect(absolute('www')).toBe('www.')
    expect(absolute('.')).toBe('.')
  })
})
