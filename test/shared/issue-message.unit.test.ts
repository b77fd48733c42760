import { expect, test } from 'vitest'
import * as z from 'zod'
import { issueMessage } from '../../shared/issue-message.ts'

test.each<[string, z.ZodType, unknown]>([
  ['missing', z.string(), undefined],
  ['must be text', z.string(), 1],
  ['must be a whole number', z.int(), 1.5],
  ['must be date', z.date(), 'x'],
  ['must be a', z.literal('a'), 'b'],
  ['must be one of a, b', z.enum(['a', 'b']), 'c'],
  ['must be at least 2', z.number().min(2), 1],
  ['must be at most 2', z.number().max(2), 3],
  ['must not be empty', z.string().min(1), ''],
  ['must have at least 2 characters', z.string().min(2), 'a'],
  ['must have at most 1 items', z.array(z.string()).max(1), ['a', 'b']],
  ['unknown option b', z.strictObject({}), { b: 1 }],
  ['has an invalid format', z.string().regex(/^a$/), 'b'],
  ['not valid', z.custom(() => false), 'a'],
])('describes an issue: %s', (message, schema, value) => {
  const { error } = schema.safeParse(value, { error: issueMessage })
  expect(error?.issues.map(issue => issue.message)).toEqual([message])
})
