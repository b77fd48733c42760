import { expect, test } from 'vitest'
import { PartBudget } from '../../../../servers/ftp/transfer/part-budget.ts'

test('gives large parts to 32 transfers at once, and small ones to the others', () => {
  const budget = new PartBudget()
  const sizes = Array.from({ length: 34 }, () => budget.take())
  expect(sizes.map(({ bytes }) => bytes)).toEqual([...Array(32).fill(1024 * 1024), 64 * 1024, 64 * 1024])
  sizes[33]?.release()
  expect(budget.take().bytes).toBe(64 * 1024)
  sizes[0]?.release()
  expect([budget.take().bytes, budget.take().bytes]).toEqual([1024 * 1024, 64 * 1024])
})
