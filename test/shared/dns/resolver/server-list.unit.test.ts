import { describe, expect, test } from 'vitest'
import { ServerList } from '../../../../shared/dns/resolver/server-list.ts'

describe('ServerList', () => {
  test('keeps the order, and moves servers that failed to the end for a while', () => {
    const list = new ServerList(['a', 'b', 'c'])
    expect(list.order(0)).toEqual(['a', 'b', 'c'])
    list.recordFailure('a', 0)
    expect(list.order(999)).toEqual(['b', 'c', 'a'])
    expect(list.order(1000)).toEqual(['a', 'b', 'c'])
  })

  test('doubles the penalty with every failure, up to a minute, and ends it with a success', () => {
    const list = new ServerList(['a', 'b'])
    for (const _ of [1, 2, 3]) list.recordFailure('a', 0)
    expect(list.order(3999)).toEqual(['b', 'a'])
    expect(list.order(4000)).toEqual(['a', 'b'])
    for (let count = 0; count < 10; count++) list.recordFailure('a', 0)
    expect([list.order(59_999), list.order(60_000)]).toEqual([
      ['b', 'a'],
      ['a', 'b'],
    ])
    list.recordSuccess('a')
    expect(list.order(0)).toEqual(['a', 'b'])
  })

  test('returns all servers even if all failed, the shortest penalty first', () => {
    const list = new ServerList(['a', 'b'])
    list.recordFailure('a', 500)
    list.recordFailure('b', 0)
    expect(list.order(600)).toEqual(['b', 'a'])
  })

  test('starts at the next server with rotate', () => {
    const list = new ServerList(['a', 'b', 'c'], true)
    expect([list.order(0), list.order(0), list.order(0), list.order(0)].map(([first]) => first)).toEqual([
      'a',
      'b',
      'c',
      'a',
    ])
  })

  test('remembers servers that change the case of names', () => {
    const list = new ServerList(['a', 'b'])
    list.recordChangedCase('a')
    expect([list.preservesCase('a'), list.preservesCase('b')]).toEqual([false, true])
    expect(() => list.recordFailure('c', 0)).toThrow('not in the list')
  })
})
