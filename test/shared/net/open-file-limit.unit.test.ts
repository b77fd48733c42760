import { expect, test } from 'vitest'
import { parseOpenFileLimit } from '../../../shared/net/open-file-limit.ts'

const HEAD = 'Limit                     Soft Limit           Hard Limit           Units     \n'

test.each([
  ['Max open files            1024                 1048576              files     \n', 1024],
  ['Max open files            unlimited            unlimited            files     \n', Number.POSITIVE_INFINITY],
  ['Max processes             1024                 1024                 processes \n', Number.POSITIVE_INFINITY],
])('reads the soft limit of %j', (line, limit) => {
  expect(parseOpenFileLimit(`${HEAD}${line}`)).toBe(limit)
})
