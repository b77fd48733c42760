import { expect, test } from 'vitest'
import { CorsPolicy, isAllowableOrigin, withFields } from '../../../../servers/http/files/cors.ts'

test.each([
  ['*', true],
  ['http://localhost:3000', true],
  ['https://app.example', true],
  ['http://[::1]:3000', true],
  ['https://app.example/', false],
  ['https://app.example/path', false],
  ['https://app.example:443', false],
  ['https://App.example', false],
  ['https://a.example, https://b.example', false],
  ['http://', false],
  ['ftp://app.example', false],
  ['app.example', false],
  ['null', false],
  ['', false],
])('%j can be the origin: %s', (origin, allowable) => expect(isAllowableOrigin(origin)).toBe(allowable))

test('adds fields to a response that does not have them yet', () => {
  const response = { status: 404, headers: ['A', 'b'] }
  expect(withFields(response, [])).toBe(response)
  const extended = withFields(response, new CorsPolicy(['*']).commonFields)
  expect(extended.headers.slice(0, 4)).toEqual(['A', 'b', 'Access-Control-Allow-Origin', '*'])
  expect(withFields(extended, new CorsPolicy(['*']).commonFields)).toBe(extended)
})

const A = 'https://a.example'
const B = 'https://b.example'

test.each([
  [[], A, [], []],
  [[A], B, ['Access-Control-Allow-Origin', A, 'Access-Control-Expose-Headers', '*'], []],
  [[A, '*'], B, ['Access-Control-Allow-Origin', '*', 'Access-Control-Expose-Headers', '*'], []],
  [[A, B], A, ['Access-Control-Expose-Headers', '*', 'Vary', 'Origin'], ['Access-Control-Allow-Origin', A]],
  [[A, B], 'https://c.example', ['Access-Control-Expose-Headers', '*', 'Vary', 'Origin'], []],
  [[A, B], undefined, ['Access-Control-Expose-Headers', '*', 'Vary', 'Origin'], []],
])('with the origins %j, a response to %s has these fields', (origins, origin, common, own) => {
  const policy = new CorsPolicy(origins)
  expect(policy.isEnabled).toBe(origins.length > 0)
  expect(policy.commonFields).toEqual(common)
  expect(policy.ownFields(origin)).toEqual(own)
  expect(policy.preflightResponse(origin, 'GET').headers.slice(0, 2 + own.length)).toEqual(['Allow', 'GET', ...own])
})
