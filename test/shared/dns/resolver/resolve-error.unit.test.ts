import { expect, test } from 'vitest'
import { describeRcode } from '../../../../shared/dns/resolver/resolve-error.ts'

test('describes known and unknown rcodes', () => {
  expect(describeRcode('NXDOMAIN')).toBe('the name does not exist')
  expect(describeRcode('RCODE15')).toBe('the server refused the query')
})
