import { describe, expect, test } from 'vitest'
import { additionalAddresses, findAnswer, orderMx, orderSrv } from '../../../../shared/dns/resolver/answer.ts'
import { message, record } from '../messages.ts'

/** Stands for `Math.random`: returns these numbers one after another. */
function randoms(...numbers: number[]): () => number {
  return () => numbers.shift() ?? 0
}

describe('orderMx', () => {
  test('orders by preference, and equal preferences at random', () => {
    const mx = (preference: number, exchange: string) => ({ preference, exchange })
    const records = [mx(20, 'c'), mx(10, 'a'), mx(10, 'b')]
    expect(orderMx(records, randoms(0)).map(({ exchange }) => exchange)).toEqual(['a', 'b', 'c'])
    expect(orderMx(records, randoms(0.6)).map(({ exchange }) => exchange)).toEqual(['b', 'a', 'c'])
  })
})

describe('orderSrv', () => {
  const srv = (priority: number, weight: number, target: string) => ({ priority, weight, port: 1, target })
  const order = (records: ReturnType<typeof srv>[], ...numbers: number[]) =>
    orderSrv(records, randoms(...numbers)).map(({ target }) => target)

  test('orders by priority', () => {
    expect(order([srv(2, 9, 'c'), srv(0, 0, 'a'), srv(1, 0, 'b')])).toEqual(['a', 'b', 'c'])
  })

  test('orders equal priorities at random, in proportion to their weights', () => {
    const records = [srv(0, 1, 'a'), srv(0, 3, 'b')]
    expect(order(records, 0.24)).toEqual(['a', 'b'])
    expect(order(records, 0.26)).toEqual(['b', 'a'])
    const firsts = Array.from({ length: 4000 }, () => orderSrv(records, Math.random)[0]?.target)
    expect(firsts.filter(target => target === 'b').length / 4000).toBeCloseTo(0.75, 1)
  })

  test('gives weight 0 a very small chance', () => {
    const records = [srv(0, 0, 'a'), srv(0, 10, 'b')]
    expect(order(records, 0)).toEqual(['a', 'b'])
    expect(order(records, 0.01)).toEqual(['b', 'a'])
  })

  test('returns all records, even if the random number is too large', () => {
    expect(order([srv(0, 1, 'a'), srv(0, 1, 'b')], 1.1, 1.1)).toEqual(['b', 'a'])
    expect(order([])).toEqual([])
  })
})

describe('findAnswer', () => {
  const cname = (name: string, target: string) => record(name, 'CNAME', target)

  test('follows aliases in any case and order', () => {
    const one = record('c.test', 'A', '127.0.0.1')
    const answers = [one, cname('B.test', 'c.test'), cname('a.test', 'b.test')]
    expect(findAnswer(message({ answers }), 'A.test', 'A')).toEqual({
      records: [one],
      name: 'c.test',
      aliases: ['A.test', 'b.test'],
    })
  })

  test('ignores records of other names and types', () => {
    const answers = [record('evil.test', 'A', '6.6.6.6'), record('a.test', 'TXT', [])]
    expect(findAnswer(message({ answers }), 'a.test', 'A').records).toEqual([])
    expect(findAnswer(message({ answers }), 'a.test', 'ANY').records).toEqual([answers[1]])
  })

  test('returns the alias itself for type CNAME', () => {
    const alias = cname('a.test', 'b.test')
    expect(findAnswer(message({ answers: [alias] }), 'a.test', 'CNAME').records).toEqual([alias])
  })

  test('stops if aliases form a loop', () => {
    const answers = [cname('a.test', 'b.test'), cname('b.test', 'a.test')]
    expect(findAnswer(message({ answers }), 'a.test', 'A')).toEqual({
      records: [],
      name: 'b.test',
      aliases: ['a.test'],
    })
  })
})

describe('additionalAddresses', () => {
  const reply = (zone: string | undefined, owner: string) =>
    message({
      authorities: zone === undefined ? [] : [record(zone, 'NS', 'ns.test')],
      additionals: [record(owner, 'AAAA', '::1'), record(owner, 'A', '127.0.0.1'), record(owner, 'TXT', [])],
    })
  const BOTH = ['127.0.0.1', '::1']

  test.each<[string, string | undefined, string, string, string[]]>([
    ['accepts names inside the zone', 'shop.test', '_http._tcp.shop.test', 'WWW.shop.test', BOTH],
    ['ignores names outside the zone', 'shop.test', '_http._tcp.shop.test', 'www.victim.test', []],
    [
      'accepts names in the domain if the response names no zone',
      undefined,
      '_http._tcp.shop.test',
      'www.shop.test',
      BOTH,
    ],
    ['ignores names outside the domain', undefined, 'mail.shop.test', 'www.shop.test', []],
    ['does not trust a server for a whole top-level domain', 'test', 'shop.test', 'www.victim.test', []],
    ['ignores the NS records of another zone', 'victim.test', 'shop.test', 'www.victim.test', []],
    ['accepts a name that has only service labels', undefined, '_http._tcp', '_http._tcp', BOTH],
  ])('%s', (_, zone, queryName, name, expected) => {
    expect(additionalAddresses(reply(zone, name), queryName, name)).toEqual(expected)
  })
})
