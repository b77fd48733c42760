import { expect, test } from 'vitest'
import { divideOpenFiles } from '../../../servers/http/open-file-budget.ts'

test.each([
  { limit: 256, connections: 128, sentFiles: 64 },
  { limit: 1_048_576, connections: 524_288, sentFiles: 256 },
  { limit: Number.POSITIVE_INFINITY, connections: Number.POSITIVE_INFINITY, sentFiles: 256 },
])('divides $limit open files', ({ limit, ...budget }) => {
  expect(divideOpenFiles(limit)).toEqual(budget)
})
