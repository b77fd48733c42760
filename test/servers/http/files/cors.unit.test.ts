import { expect, test } from 'vitest'
import { corsFields, isAllowableOrigin, withFields } from '../../../../servers/http/files/cors.ts'

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
  const extended = withFields(response, corsFields('*'))
  expect(extended.headers.slice(0, 4)).toEqual(['A', 'b', 'Access-Control-Allow-Origin', '*'])
  expect(withFields(extended, corsFields('*'))).toBe(extended)
})
