import { expect, test } from 'vitest'
import { parseKey, reverseName } from '../../../../shared/dns/resolver/parse-arguments.ts'
import { UsageError } from '../../../../shared/errors.ts'

test.each([
  ['127.0.0.1', '1.0.0.127.in-addr.arpa'],
  ['192.0.2.250', '250.2.0.192.in-addr.arpa'],
  ['::1', `1.${'0.'.repeat(31)}ip6.arpa`],
  ['2001:db8::567:89ab', 'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa'],
  ['::ffff:192.0.2.1', `1.0.2.0.0.0.0.c.f.f.f.f.${'0.'.repeat(20)}ip6.arpa`],
])('the PTR record of %s is at %s', (address, name) => {
  expect(reverseName(address)).toBe(name)
})

test.each(['1.2.3.4.5', '256.1.1.1', '1.2.3.', '1::2::3', 'a.b.c.d', ''])('%j is not a valid address', text => {
  expect(() => reverseName(text)).toThrow('is not an IP address')
})

test('parses keys, and does not repeat the secret in errors', () => {
  expect(parseKey('hmac-sha512:K.test:c2VjcmV0')).toMatchObject({ name: 'k.test', algorithm: 'hmac-sha512' })
  expect(parseKey(undefined)).toBe(undefined)
  expect(() => parseKey('k:s*cret')).toThrow(UsageError)
  expect(() => parseKey('k:s*cret')).not.toThrow('s*cret')
})
