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

describe('parsing a name', () => {
  const rows: [title: string, text: string, origin: string | undefined, name: string][] = [
    ['an absolute name loses its last dot', 'www.fourwire.test.', undefined, 'www.fourwire.test'],
    ['a relative name is completed with the origin', 'www', 'fourwire.test', 'www.fourwire.test'],
    ['a relative name is completed with the root by nothing', 'www', '.', 'www'],
    ['an absolute name is not completed', 'www.', 'fourwire.test', 'www'],
    ['the root is a dot', '.', 'fourwire.test', '.'],
    ['an escaped dot does not part labels', 'first\\.last.fourwire.test.', undefined, 'first\\.last.fourwire.test'],
    ['an escape in decimal is the byte', 'first\\046last.', undefined, 'first\\.last'],
    ['a needless escape is dropped', '\\w\\119w.', undefined, 'www'],
    ['a blank is written in decimal', 'a\\ b.', undefined, 'a\\032b'],
    ['a byte above ASCII is written in decimal', 'b\\252cher.', undefined, 'b\\252cher'],
    ['a character above ASCII is its UTF-8', 'bücher.', undefined, 'b\\195\\188cher'],
    ['what a master file would misread is escaped', '\\$a\\;\\@.', undefined, '\\$a\\;\\@'],
    ['an escaped backslash before a dot does not escape the dot', 'a\\\\.b.', undefined, 'a\\\\.b'],
    [
      'a slash, as in RFC 2317, is an ordinary character',
      '0/25.2.0.192.in-addr.arpa.',
      undefined,
      '0/25.2.0.192.in-addr.arpa',
    ],
    ['a wildcard is a name', '*', 'fourwire.test', '*.fourwire.test'],
  ]
  test.each(rows)('%s', (_, text, origin, name) => {
    expect(parseName(text, origin)).toBe(name)
  })

  const wrong: [title: string, text: string, message: string][] = [
    ['nothing', '', 'has an empty label'],
    ['an empty label', 'a..b', 'has an empty label'],
    ['an empty label beside an escape', 'a\\.b..c', 'has an empty label'],
    ['a leading dot', '.a', 'has an empty label'],
    ['two last dots', 'a..', 'has an empty label'],
    ['a label of 64 bytes', `${'x'.repeat(64)}.test`, 'has a label of more than 63 bytes'],
    ['a label of 64 bytes with an escape', `\\.${'x'.repeat(63)}.test`, 'has a label of more than 63 bytes'],
    [
      'a name of 256 bytes',
      `${'x'.repeat(62)}.${`${'x'.repeat(63)}.`.repeat(3)}`,
      'is longer than a name may be (255 bytes)',
    ],
    ['an escape above 255', '\\256', 'has a broken escape in it'],
    ['a backslash at the end', 'a\\', 'has a broken escape in it'],
    ['a decimal escape of two digits', 'a\\25', 'has a broken escape in it'],
  ]
  test.each(wrong)('%s is refused', (_, text, message) => {
    expect(() => parseName(text)).toThrow(NameError)
    expect(() => parseName(text)).toThrow(message)
  })

  test('a name of 255 bytes is taken', () => {
    const longest = `${'x'.repeat(61)}.${'x'.repeat(63)}.${'x'.repeat(63)}.${'x'.repeat(62)}`
    expect(parseName(`${longest}x`)).toBe(`${longest}x`)
  })

  test('a parsed name parses to itself, whatever its bytes', () => {
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

describe('parts of a name', () => {
  test('the parent is the name one label up, dots in labels left alone', () => {
    expect(parentOf('a\\.b.c.d')).toBe('c.d')
    expect(parentOf('a\\\\.c')).toBe('c')
    expect(parentOf('d')).toBe('.')
    expect(parentOf('.')).toBeUndefined()
    expect(firstDot('a\\.b')).toBe(-1)
  })

  test('labels and their bytes', () => {
    expect(labelsOf('.')).toEqual([])
    expect(labelsOf('www.test')).toEqual(['www', 'test'])
    expect(labelToBytes('a\\.\\000b')).toEqual(Buffer.from('a.\0b'))
  })

  test('a name is at or below a zone by whole labels only', () => {
    expect(isAtOrBelow('fourwire.test', 'fourwire.test')).toBe(true)
    expect(isAtOrBelow('www.fourwire.test', 'fourwire.test')).toBe(true)
    expect(isAtOrBelow('notfourwire.test', 'fourwire.test')).toBe(false)
    expect(isAtOrBelow('www\\.fourwire.test', 'fourwire.test')).toBe(false)
    expect(isAtOrBelow('test', 'fourwire.test')).toBe(false)
    expect(isAtOrBelow('anything', '.')).toBe(true)
  })

  test('case is folded, and the absolute form ends in a dot', () => {
    expect(fold('WwW.Fourwire.TEST')).toBe('www.fourwire.test')
    expect(absolute('www')).toBe('www.')
    expect(absolute('.')).toBe('.')
  })
})
