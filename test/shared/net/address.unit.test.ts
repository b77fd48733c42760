import { expect, test } from 'vitest'
import { formatAuthority, hostOf, plainHost } from '../../../shared/net/address.ts'

test.for([
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::FFFF:10.0.0.1', '10.0.0.1'],
  ['::ffff:a00:1', '::ffff:a00:1'],
  ['10.0.0.1', '10.0.0.1'],
  ['::1', '::1'],
  ['example.org', 'example.org'],
] as const)('plainHost turns %s into %s', ([host, plain]) => expect(plainHost(host)).toBe(plain))

test('formats IPv6 in brackets, and a port if given', () => {
  expect([formatAuthority('::1', 80), formatAuthority('a', 80), formatAuthority('a')]).toEqual([
    '[::1]:80',
    'a:80',
    'a',
  ])
})

test('the host of a URL has no brackets', () => {
  expect(['http://[::1]:80/', 'http://a/'].map(text => hostOf(new URL(text)))).toEqual(['::1', 'a'])
})
