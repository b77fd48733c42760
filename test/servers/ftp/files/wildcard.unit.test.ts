import { describe, expect, test } from 'vitest'
import { hasWildcard, matchesWildcard } from '../../../../servers/ftp/files/wildcard.ts'

describe('wildcards', () => {
  test.for([
    ['*', 'anything', true],
    ['*', '', true],
    ['*.txt', 'a.txt', true],
    ['*.txt', 'a.txt.gz', false],
    ['a*b*c', 'axxbxxc', true],
    ['a*b*c', 'axxbxx', false],
    ['?', 'a', true],
    ['?', '', false],
    ['a?c', 'abc', true],
    ['abc', 'abd', false],
    ['a**', 'a', true],
  ] as const)('%s matches %j: %s', ([pattern, name, matches]) => {
    expect(matchesWildcard(pattern, name)).toBe(matches)
  })

  test('many stars do not cause exponential backtracking', () => {
    expect(matchesWildcard(`${'*a'.repeat(1000)}b`, 'a'.repeat(4000))).toBe(false)
  })

  test('only * and ? are wildcards', () => {
    expect(['a*', 'a?', '[a]'].map(hasWildcard)).toEqual([true, true, false])
  })
})
