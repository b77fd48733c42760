import { expect, test } from 'vitest'
import { quoteInput } from '../../../../servers/http/stubs/quote-input.ts'

const circular: Record<string, unknown> = {}
circular.self = circular

test.each<[unknown, string]>([
  [{ status: 200 }, '{"status":200}'],
  [undefined, 'undefined'],
  [
    { body: Buffer.from('abc'), run: () => 1, where: /x/, size: 1n },
    '{"body":"(3 bytes)","run":"(function)","where":"/x/","size":"1"}',
  ],
  [[new Map(), new Date(0), Number.NaN], '["(Map)","1970-01-01T00:00:00.000Z","NaN"]'],
  [Object.create(null), '{}'],
  [circular, '[object Object]'],
  ['x'.repeat(1000), `"${'x'.repeat(199)}...`],
])('quotes an input of a program', (value, text) => expect(quoteInput(value)).toBe(text))
