import { expect, test } from 'vitest'
import { Repeats } from '../../../servers/dns/repeats.ts'

const query = (text: string, id = 'id') => Buffer.from(`${id}${text}`)

test('a query has come before where all of it but the id is the same', () => {
  const repeats = new Repeats()
  expect(repeats.note(query('www'))).toBe(false)
  expect(repeats.note(query('wwW'))).toBe(false)
  expect(repeats.note(query('www', 'di'))).toBe(true)
})

test('of queries that all differ few are taken for others, however many have come', () => {
  const repeats = new Repeats()
  let taken = 0
  for (let index = 0; index < 300_000; index++) if (repeats.note(query(`host${index}.example.test`))) taken++
  expect(taken / 300_000).toBeLessThan(0.08)
})

test('what came long ago is forgotten', () => {
  const repeats = new Repeats()
  repeats.note(query('www'))
  const noted = Array.from({ length: 140_000 }, (_, index) => repeats.note(query(String(index))))
  expect(noted.filter(before => !before).length).toBeGreaterThan(131_072)
  expect(repeats.note(query('www'))).toBe(false)
})
