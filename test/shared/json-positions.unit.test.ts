import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeSyntaxError, lineOf } from '../../shared/json-positions.ts'

test.each([
  [
    '{\n "a": [\n  1,\n ]\n}',
    'line 4, column 2: a value is expected, not "]". A list has no comma after its last value',
  ],
  [
    '{"a": 1,}',
    'line 1, column 9: a name in double quotes is expected, not "}". An object has no comma after its last property',
  ],
  ["{'a': 1}", 'line 1, column 2: a name in double quotes is expected, not "\'"'],
  ['{a: 1}', 'line 1, column 2: a name in double quotes is expected, not "a"'],
  ['{"a" 1}', 'line 1, column 6: ":" is expected, not "1"'],
  ['{"a": 1\n "b": 2}', 'line 2, column 2: "," or "}" is expected, not "\\""'],
  ['[1 2]', 'line 1, column 4: "," or "]" is expected, not "2"'],
  ['[1', 'line 1, column 3: "," or "]" is expected, but the text ends'],
  ['// note\n{}', 'line 1, column 1: a value is expected, not "/"'],
  ['', 'line 1, column 1: a value is expected, but the text ends'],
  ['{}\n{}', 'line 2, column 1: the end of the text is expected, not "{"'],
  ['["a\nb"]', 'line 1, column 4: the closing quote of the text is expected, not "\\n"'],
  ['["\\x"]', 'line 1, column 2: "\\x" has a character or an escape that JSON does not have'],
  [
    `["\\x${'y'.repeat(50)}"]`,
    `line 1, column 2: "\\x${'y'.repeat(37)}... has a character or an escape that JSON does not have`,
  ],
  ['[nul]', 'line 1, column 2: a value is expected, not "nul"'],
  ['[undefined]', 'line 1, column 2: a value is expected, not "undefined"'],
  ['[01]', 'line 1, column 3: "," or "]" is expected, not "1"'],
  ['['.repeat(600), 'line 1, column 502: the values are too deep inside each other'],
])('%j: %s', (text, expected) => expect(describeSyntaxError(text)).toBe(expected))

test('a text has a syntax error if JSON.parse does not accept it', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"',
    '\\',
    '1',
    '-',
    '.5',
    'e1',
    'true',
    ' ',
    '\n',
    '\t',
  )
  const texts = fc.oneof(
    fc.json(),
    fc.array(pieces, { maxLength: 12 }).map(list => list.join('')),
  )
  const isJson = (text: string) => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
  fc.assert(fc.property(texts, text => (describeSyntaxError(text) === undefined) === isJson(text)))
})

test.each([
  [[], 1],
  [['stubs'], 2],
  [['stubs', 0], 3],
  [['stubs', 1, 'response'], 6],
  [['stubs', 1, 'none', 'deep'], 5],
  [['stubs', '1', 'response', 1], 7],
])('the value at %j is in line %i', (path, line) => {
  const text = '{\n"stubs": [\n{"request": "GET /"},\n\n{\n"response": [200,\n"x"]}]}'
  expect(lineOf(text, path)).toBe(line)
})

test('the line of a value in a text with a syntax error is that of what can be read', () => {
  expect(lineOf('{\n"a":\n x', ['a'])).toBe(3)
})
