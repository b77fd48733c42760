import { expect, test } from 'vitest'
import { answerChaos } from '../../../../servers/dns/query/chaos.ts'
import type { TypeName } from '../../../../shared/dns/codes.ts'
import { lines } from '../zones.ts'

const answer = (name: string, type: TypeName = 'TXT', identity = { nsid: 'ns1', version: 'Fourwire' }) => {
  const records = answerChaos({ name, type, class: 'CH' }, identity)
  return records && lines(records)
}

test.each([
  ['version.bind', 'Fourwire'],
  ['Version.Server', 'Fourwire'],
  ['hostname.bind', 'ns1'],
  ['id.server', 'ns1'],
])('%s is answered with "%s"', (name, text) => {
  expect(answer(name)).toEqual([`${name}. 0 CH TXT "${text}"`])
  expect(answer(name, 'ANY')).toEqual([`${name}. 0 CH TXT "${text}"`])
  expect(answer(name, 'A')).toEqual([])
})

test('empty values and unknown names have no answer', () => {
  expect(answer('version.bind', 'TXT', { nsid: 'ns1', version: '' })).toBeUndefined()
  expect(answer('authors.bind')).toBeUndefined()
})
