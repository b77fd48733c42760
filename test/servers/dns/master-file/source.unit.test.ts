import { expect, test } from 'vitest'
import { ZoneSources } from '../../../../servers/dns/master-file/source.ts'
import { parseZoneName } from '../../../../servers/dns/master-file/zone-name.ts'

test('what a zone includes and generates is at most 512 Mi characters long', () => {
  const sources = new ZoneSources(undefined)
  const half = 'x'.repeat(2 ** 28)
  sources.count(half)
  sources.count(half)
  expect(() => sources.count('x')).toThrow('the zone with its includes is longer than 536870912 characters')
})

test('an invalid name of a zone is an error that names the file', () => {
  expect(parseZoneName('example.test', 'a.zone')).toBe('example.test')
  expect(() => parseZoneName('a..b', 'a.zone')).toThrow(/^a\.zone:1: invalid zone name: .*empty label.*, in: a\.\.b$/)
})
