import { describe, expect, test } from 'vitest'
import { orderMx, orderSrv } from '../../../clients/dns/ordering.ts'
import { addressesAlong, readAnswer } from '../../../clients/dns/read-answer.ts'
import { ServerList } from '../../../clients/dns/server-list.ts'
import { message, record } from '../../shared/dns/messages.ts'

/** Chance that gives these numbers, one after the other. */
function chances(...numbers: number[]): () => number {
  return () => numbers.shift() ?? 0
}

describe('the order of mail servers', () => {
  test('is that of their preferences, and chance where they are equal', () => {
    const mx = (preference: number, exchange: string) => ({ preference, exchange })
    const records = [mx(20, 'c'), mx(10, 'a'), mx(10, 'b')]
    expect(orderMx(records, chances(0)).map(({ exchange }) => exchange)).toEqual(['a', 'b', 'c'])
    expect(orderMx(records, chances(0.6)).map(({ exchange }) => exchange)).toEqual(['b', 'a', 'c'])
  })
})

describe('the order of places', () => {
  const srv = (priority: number, weight: number, target: string) => ({ priority, weight, port: 1, target })
  const order = (records: ReturnType<typeof srv>[], ...numbers: number[]) =>
    orderSrv(records, chances(...numbers)).map(({ target }) => target)

  test('is that of their priorities', () => {
    expect(order([srv(2, 9, 'c'), srv(0, 0, 'a'), srv(1, 0, 'b')])).toEqual(['a', 'b', 'c'])
  })

  test('is by chance in proportion to their weights within one priority', () => {
    const records = [srv(0, 1, 'a'), srv(0, 3, 'b')]
    expect(order(records, 0.24)).toEqual(['a', 'b'])
    expect(order(records, 0.26)).toEqual(['b', 'a'])
    const firsts = Array.from({ length: 4000 }, () => orderSrv(records, Math.random)[0]?.target)
    expect(firsts.filter(target => target === 'b').length / 4000).toBeCloseTo(0.75, 1)
  })

  test('gives weight 0 a very small chance beside others', () => {
    const records = [srv(0, 0, 'a'), srv(0, 10, 'b')]
    expect(order(records, 0)).toEqual(['a', 'b'])
    expect(order(records, 0.01)).toEqual(['b', 'a'])
  })

  test('has all of them, even where chance is too great', () => {
    expect(order([srv(0, 1, 'a'), srv(0, 1, 'b')], 1.1, 1.1)).toEqual(['b', 'a'])
    expect(order([])).toEqual([])
  })
})

describe('the servers', () => {
  test('are asked in their order, those that failed last and for a while', () => {
    const list = new ServerList(['a', 'b', 'c'])
    expect(list.order(0)).toEqual(['a', 'b', 'c'])
    list.recordFailure('a', 0)
    expect(list.order(999)).toEqual(['b', 'c', 'a'])
    expect(list.order(1000)).toEqual(['a', 'b', 'c'])
  })

  test('rest twice as long with every failure, a minute at most, and no more once they work', () => {
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

  test('that all failed are asked all the same, the one that rests least first', () => {
    const list = new ServerList(['a', 'b'])
    list.recordFailure('a', 500)
    list.recordFailure('b', 0)
    expect(list.order(600)).toEqual(['b', 'a'])
  })

  test('take turns where that is asked for', () => {
    const list = new ServerList(['a', 'b', 'c'], true)
    expect([list.order(0), list.order(0), list.order(0), list.order(0)].map(([first]) => first)).toEqual([
      'a',
      'b',
      'c',
      'a',
    ])
  })

  test('are remembered for changing letters', () => {
    const list = new ServerList(['a', 'b'])
    list.recordChangedCase('a')
    expect([list.preservesCase('a'), list.preservesCase('b')]).toEqual([false, true])
    expect(() => list.recordFailure('c', 0)).toThrow('not in the list')
  })
})

describe('an answer', () => {
  const cname = (name: string, target: string) => record(name, 'CNAME', target)

  test('is followed through its aliases, in any case and order', () => {
    const one = record('c.test', 'A', '127.0.0.1')
    const answers = [one, cname('B.test', 'c.test'), cname('a.test', 'b.test')]
    expect(readAnswer(message({ answers }), 'A.test', 'A')).toEqual({
      records: [one],
      name: 'c.test',
      aliases: ['A.test', 'b.test'],
    })
  })

  test('is what was asked for, and nothing that came beside it', () => {
    const answers = [record('evil.test', 'A', '6.6.6.6'), record('a.test', 'TXT', [])]
    expect(readAnswer(message({ answers }), 'a.test', 'A').records).toEqual([])
    expect(readAnswer(message({ answers }), 'a.test', 'ANY').records).toEqual([answers[1]])
  })

  test('may be the alias itself', () => {
    const alias = cname('a.test', 'b.test')
    expect(readAnswer(message({ answers: [alias] }), 'a.test', 'CNAME').records).toEqual([alias])
  })

  test('ends where aliases go in a circle', () => {
    const answers = [cname('a.test', 'b.test'), cname('b.test', 'a.test')]
    expect(readAnswer(message({ answers }), 'a.test', 'A')).toEqual({
      records: [],
      name: 'b.test',
      aliases: ['a.test'],
    })
  })
})

describe('addresses that come along', () => {
  const reply = (zone: string | undefined, owner: string) =>
    message({
      authorities: zone === undefined ? [] : [record(zone, 'NS', 'ns.test')],
      additionals: [record(owner, 'AAAA', '::1'), record(owner, 'A', '127.0.0.1'), record(owner, 'TXT', [])],
    })
  const BOTH = ['127.0.0.1', '::1']

  test.each<[string, string | undefined, string, string, string[]]>([
    ['are believed inside the zone', 'shop.test', '_http._tcp.shop.test', 'WWW.shop.test', BOTH],
    ['are not believed outside', 'shop.test', '_http._tcp.shop.test', 'www.victim.test', []],
    ['are believed below the name where no zone is shown', undefined, '_http._tcp.shop.test', 'www.shop.test', BOTH],
    ['are not believed beside it', undefined, 'mail.shop.test', 'www.shop.test', []],
    ['are not believed for a whole top-level domain', 'test', 'shop.test', 'www.victim.test', []],
    ['are not believed by the word of another zone', 'victim.test', 'shop.test', 'www.victim.test', []],
    ['are those of nothing but labels of services', undefined, '_http._tcp', '_http._tcp', BOTH],
  ])('%s', (_, zone, asked, name, expected) => {
    expect(addressesAlong(reply(zone, name), asked, name)).toEqual(expected)
  })
})
