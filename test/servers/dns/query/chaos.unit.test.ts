import { expect, test } from 'vitest'
import { answerChaos } from '../../../../servers/dns/query/chaos.ts'
import type { TypeName } from '../../../../shared/dns/codes.ts'
import { lines } from '../zones.ts'

const ask = (name: string, type: TypeName = 'TXT', identity = { nsid: 'ns1', version: 'Fourwire' }) => {
  const records = answerChaos({ name, type, class: 'CH' }, identity)
  return records && lines(records)
}

test.each([
  ['version.bind', 'Fourwire'],
  ['Version.Server', 'Fourwire'],
  ['hostname.bind', 'ns1'],
  ['id.server', 'ns1'],
])('%s says %s', (name, text) => {
  expect(ask(name)).toEqual([`${name}. 0 CH TXT "${text}"`])
  expect(ask(name, 'ANY')).toEqual([`${name}. 0 CH TXT "${text}"`])
  expect(ask(name, 'A')).toEqual([])
})

test('what a server keeps to itself, and what there is not, has no answer', () => {
  expect(ask('version.bind', 'TXT', { nsid: 'ns1', version: '' })).toBeUndefined()
  expect(ask('authors.bind')).toBeUndefined()
})
