import { expect, test } from 'vitest'
import { wrapText } from '../../../shared/trace/wrap-text.ts'

test.each([
  ['short', 10, ['short']],
  ['', 10, ['']],
  ['one two three', 8, ['one two', 'three']],
  ['a longerthanaline b', 8, ['a longer', 'thanalin', 'e b']],
  ['aaa😀bbb', 4, ['aaa', '😀bb', 'b']],
  ['😀', 1, ['\ud83d', '\ude00']],
])('wraps %j at %i characters', (text, width, lines) => {
  expect(wrapText(text, width)).toEqual(lines)
})
