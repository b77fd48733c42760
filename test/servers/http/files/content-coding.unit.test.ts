/** Accept-Encoding: RFC 9110, section 12.5.3. */
import { describe, expect, test } from 'vitest'
import { CODINGS, type Coding, chooseCoding } from '../../../../servers/http/files/content-coding.ts'

describe('with br, zstd and gzip available', () => {
  test.each<[string | undefined, Coding | undefined, string]>([
    [undefined, undefined, 'no field: the content as it is'],
    ['', undefined, 'an empty field: identity only'],
    ['identity', undefined, 'identity'],
    ['gzip', 'gzip', 'the only one'],
    ['gzip, deflate, br, zstd', 'br', 'equal weights: the preference of the server'],
    ['zstd, gzip', 'zstd', 'equal weights, without the first'],
    ['GZIP', 'gzip', 'names are case-insensitive'],
    ['x-gzip', 'gzip', 'x-gzip is gzip'],
    ['br;q=0.5, gzip;q=0.8', 'gzip', 'the greater weight'],
    ['br ; q=0.5 ,gzip\t;\tq=0.8', 'gzip', 'white space around the weight'],
    ['gzip;Q=1.000', 'gzip', 'a weight with three digits, and a capital Q'],
    ['gzip;q=0', undefined, 'weight 0: not acceptable'],
    ['br;q=0, *', 'zstd', '* is every coding that is not named'],
    ['*', 'br', '*'],
    ['*;q=0', undefined, '* with weight 0'],
    ['*;q=0, gzip', 'gzip', 'none but gzip'],
    ['gzip;q=0.5', 'gzip', 'a named coding is preferred to identity'],
    ['gzip;q=0.001', 'gzip', 'a named coding of the least weight too'],
    ['gzip;q=0.5, identity', undefined, 'identity has the greater weight'],
    ['gzip;q=0.5, *;q=0.7', 'br', '* has the greater weight'],
    ['gzip, identity', 'gzip', 'equal weights: not identity'],
    ['identity;q=0, gzip;q=0.1', 'gzip', 'identity is not acceptable'],
    ['identity;q=0', undefined, 'nothing is acceptable: the field is disregarded'],
    ['deflate, compress', undefined, 'none of the available'],
    ['gzip;q=2', undefined, 'a malformed weight: the member is ignored'],
    ['gzip;q=0.1234, br;q=0.1', 'br', 'a weight with four digits is malformed'],
    ['g zip, ,,br', 'br', 'malformed and empty members are ignored'],
    ['gzip;q=0, gzip', undefined, 'the first of two members counts'],
  ])('%j: %s (%s)', (field, chosen, _title) => expect(chooseCoding(field, CODINGS)).toBe(chosen))
})

test.each([
  ['br, gzip', ['gzip'], 'gzip'],
  ['br', ['gzip'], undefined],
  ['br', [], undefined],
] as const)('%j with %j available: %s', (field, available, chosen) =>
  expect(chooseCoding(field, available)).toBe(chosen),
)
