import { expect, test } from 'vitest'
import { toValues } from '../../../../servers/http/stubs/received-request.ts'

// A copy of the list for each value would take minutes.
test('a name with very many values has them in one list', () => {
  const values = Array.from({ length: 200_000 }, (_, index) => String(index))
  expect(toValues(values.map(value => ['a', value] as const))).toEqual({ a: values })
})
