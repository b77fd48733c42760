import { describe, expect, test } from 'vitest'
import type { Node } from '../../../../servers/dns/zone/node.ts'
import { zone } from '../zones.ts'

/** Returns the names of a zone after changes of its nodes. */
function namesAfter(text: string, changes: Record<string, Node>): string[] {
  const before = zone(text)
  return Array.from(before.with(before.soa, new Map(Object.entries(changes))).names(), ([name]) => name).sort()
}

const ADDRESS: Node = [[{ name: 'any.test', class: 'IN', ttl: 60, type: 'A', data: '192.0.2.1' }]]

describe('the names of the next version', () => {
  test.each<[title: string, text: string, changes: Record<string, Node>, names: string[]]>([
    [
      'a new name adds the empty non-terminals above it',
      '',
      { 'a.b.c.test': ADDRESS },
      ['a.b.c.test', 'b.c.test', 'c.test', 'test'],
    ],
    ['a removed name removes the empty non-terminals above it', 'a.b.c A 192.0.2.1\n', { 'a.b.c.test': [] }, ['test']],
    [
      'an empty non-terminal stays if it has other names below it',
      'a.b.c A 192.0.2.1\nx.c A 192.0.2.1\n',
      { 'a.b.c.test': [] },
      ['c.test', 'test', 'x.c.test'],
    ],
    [
      'a name without records stays if it has names below it',
      'c TXT x\na.c TXT x\n',
      { 'c.test': [] },
      ['a.c.test', 'c.test', 'test'],
    ],
    [
      'a name with records stays without names below it',
      'c TXT x\na.c TXT x\n',
      { 'a.c.test': [] },
      ['c.test', 'test'],
    ],
    ['removing a missing name changes nothing', 'c TXT x\n', { 'a.b.test': [] }, ['c.test', 'test']],
    ['the apex stays even without records', '', { test: [] }, ['test']],
  ])('%s', (_, text, changes, names) => {
    expect(namesAfter(text, changes)).toEqual(names)
  })

  test('are right in the root zone too', () => {
    const root = zone('test NS ns.test\n', '.')
    const next = root.with(root.soa, new Map([['a.example', ADDRESS]]))
    expect(Array.from(next.names(), ([name]) => name)).toEqual(['.', 'test', 'a.example', 'example'])
  })
})
