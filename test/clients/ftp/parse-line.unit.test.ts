import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseLine, quoteWord, resolveRemotePath, splitWords } from '../../../clients/ftp/shell/parse-line.ts'

describe('words', () => {
  test.for([
    ['', []],
    ['  ls  -l ', ['ls', '-l']],
    ['a "b c" d', ['a', 'b c', 'd']],
    ["a 'b \\ c'", ['a', 'b \\ c']],
    ['"a \\" b"', ['a " b']],
    ['a\\ b', ['a b']],
    ['""', ['']],
    ['a"b"c', ['abc']],
    ['a\\', ['a\\']],
    ['"it\'s"', ["it's"]],
  ] as const)('of %j are %j', ([line, words]) => expect(splitWords(line)).toEqual(words))

  test.for(['"a', "a 'b"])('an open quote is an error: %j', line => {
    expect(() => splitWords(line)).toThrow(/the quote ["'] is not closed/)
  })

  test('the last word may be incomplete', () => {
    expect(parseLine('cat "a b').last).toEqual({ text: 'a b', start: 4, quote: '"' })
    expect(parseLine('cat ').last).toEqual({ text: '', start: 4, quote: '' })
    expect(parseLine('ca').last).toEqual({ text: 'ca', start: 0, quote: '' })
  })

  test('a word that is quoted is one word', () => {
    const text = fc.string({ minLength: 1 })
    fc.assert(
      fc.property(text, word => {
        expect(splitWords(quoteWord(word, ''))).toEqual([word])
        expect(splitWords(`${quoteWord(word, '"')}"`)).toEqual([word])
        if (!word.includes("'")) expect(splitWords(`${quoteWord(word, "'")}'`)).toEqual([word])
      }),
    )
  })
})

test.for([
  ['/', 'a', '/a'],
  ['/a/b', '../c', '/a/c'],
  ['/a', '/b/./c//d/', '/b/c/d'],
  ['/a', '../../..', '/'],
  ['/a', '', '/a'],
] as const)('in %s, %s is %s', ([directory, path, expected]) => {
  expect(resolveRemotePath(directory, path)).toBe(expected)
})
