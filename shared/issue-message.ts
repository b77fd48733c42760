/** Messages for invalid input, in place of zod's own. Pure. */
import type { z } from 'zod'

type Issue = z.core.$ZodRawIssue

/**
 * Describes an issue if the schema has no message of its own: `schema.safeParse(value, { error: issueMessage })`.
 */
export function issueMessage(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'missing' : `must be ${TYPES[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`
    case 'too_small':
      return sizeMessage(issue.origin, 'at least', Number(issue.minimum))
    case 'too_big':
      return sizeMessage(issue.origin, 'at most', Number(issue.maximum))
    case 'unrecognized_keys':
      return `unknown option ${issue.keys.join(', ')}`
    case 'invalid_format':
      return 'has an invalid format'
    default:
      return 'not valid'
  }
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'text',
}

function sizeMessage(origin: string, limit: 'at least' | 'at most', size: number): string {
  const unit = UNITS[origin]
  if (unit === undefined) return `must be ${limit} ${size}`
  if (limit === 'at least' && size === 1) return 'must not be empty'
  return `must have ${limit} ${size} ${unit}`
}

const UNITS: Readonly<Record<string, string>> = { array: 'items', string: 'characters' }
