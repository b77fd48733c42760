import { version } from 'uuid'
import { expect, test } from 'vitest'
import { SortedIds } from '../../../shared/store/sorted-ids.ts'

test('ids are UUIDs of version 7 that sort in their order, over several draws of random bytes', () => {
  const ids = new SortedIds()
  const made = Array.from({ length: 1000 }, () => ids.next())
  expect(new Set(made.map(version))).toEqual(new Set([7]))
  expect([...made].sort()).toEqual(made)
  expect(new Set(made.map(id => id.slice(-12))).size).toBe(1000)
})

test('an id is of the current time', () => {
  const before = Date.now()
  const milliseconds = Number.parseInt(new SortedIds().next().replaceAll('-', '').slice(0, 12), 16)
  expect(milliseconds).toBeGreaterThanOrEqual(before)
  expect(milliseconds).toBeLessThanOrEqual(Date.now())
})

test('two sources of ids do not make the same ids', () => {
  const [one, other] = [new SortedIds(), new SortedIds()]
  expect(one.next()).not.toBe(other.next())
})
