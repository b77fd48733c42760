import { expect, test } from 'vitest'
import { SeenQueries } from '../../../../servers/dns/cache/seen-queries.ts'

const query = (text: string, id = 'id') => Buffer.from(`${id}${text}`)

test('a query is seen if an earlier one has the same bytes, except the id', () => {
  const seen = new SeenQueries()
  expect(seen.add(query('www'))).toBe(false)
  expect(seen.add(query('wwW'))).toBe(false)
  expect(seen.add(query('www', 'di'))).toBe(true)
})

test('few of many different queries have the hash of another', () => {
  const seen = new SeenQueries()
  let collisions = 0
  for (let index = 0; index < 300_000; index++) if (seen.add(query(`host${index}.example.test`))) collisions++
  expect(collisions / 300_000).toBeLessThan(0.08)
})

test('old queries are dropped', () => {
  const seen = new SeenQueries()
  seen.add(query('www'))
  const results = Array.from({ length: 140_000 }, (_, index) => seen.add(query(String(index))))
  expect(results.filter(wasSeen => !wasSeen).length).toBeGreaterThan(131_072)
  expect(seen.add(query('www'))).toBe(false)
})
