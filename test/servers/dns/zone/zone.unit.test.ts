import { describe, expect, test } from 'vitest'
import type { Node } from '../../../../servers/dns/zone/node.ts'
import { zone } from '../zones.ts'

/** The names of a zone after a change of its nodes. */
function namesAfter(text: string, changes: Record<string, Node>): string[] {
  const before = zone(text)
  return Array.from(before.with(before.soa, new Map(Object.entries(changes))).names(), ([name]) => name).sort()
}

const ADDRESS: Node = [[{ name: 'any.test', class: 'IN', ttl: 60, type: 'A', data: '192.0.2.1' }]]

describe('the names of the next version', () => {
  test.each<[title: string, text: string, changes: Record<string, Node>, names: string[]]>([
    ['a name brings those between', '', { 'a.b.c.test': ADDRESS }, ['a.b.c.test', 'b.c.test', 'c.test', 'test']],
    ['a name takes those between with it', 'a.b.c A 192.0.2.1\n', { 'a.b.c.test': [] }, ['test']],
    [
      'a name between stays for its other names',
      'a.b.c A 192.0.2.1\nx.c A 192.0.2.1\n',
      { 'a.b.c.test': [] },
      ['c.test', 'test', 'x.c.test'],
    ],
    [
      'a name without records stays for those below',
      'c TXT x\na.c TXT x\n',
      { 'c.test': [] },
      ['a.c.test', 'c.test', 'test'],
    ],
    ['a name between stays for its own records', 'c TXT x\na.c TXT x\n', { 'a.c.test': [] }, ['c.test', 'test']],
    ['a name that is not there cannot go', 'c TXT x\n', { 'a.b.test': [] }, ['c.test', 'test']],
    ['the apex stays without records', '', { test: [] }, ['test']],
  ])('%s', (_, text, changes, names) => {
    expect(namesAfter(text, changes)).toEqual(names)
  })

  test('are those of the root zone, too', () => {
    const root = zone('test NS ns.test\n', '.')
    const next = root.with(root.soa, new Map([['a.example', ADDRESS]]))
    expect(Array.from(next.names(), ([name]) => name)).toEqual(['.', 'test', 'a.example', 'example'])
  })
})
