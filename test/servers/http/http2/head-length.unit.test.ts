import { expect, test } from 'vitest'
import { isHeadTooLong } from '../../../../servers/http/http2/head-length.ts'
import { MAX_HEAD_BYTES } from '../../../../servers/http/limits.ts'

const OVERHEAD = 32

test.each([
  ['one field of the bound', { a: 'x'.repeat(MAX_HEAD_BYTES - OVERHEAD - 1) }, false],
  ['a byte more', { a: 'x'.repeat(MAX_HEAD_BYTES - OVERHEAD) }, true],
  ['many values of one field', { 'set-cookie': Array(1000).fill('x') }, true],
  ['a field without a value', { a: undefined }, false],
])('%s', (_, fields, expected) => {
  expect(isHeadTooLong(fields)).toBe(expected)
})
