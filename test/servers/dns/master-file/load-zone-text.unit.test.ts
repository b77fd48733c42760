import { expect, test } from 'vitest'
import { loadZoneText } from '../../../../servers/dns/master-file/load-zone-text.ts'

const load = (text: string) => loadZoneText('a.test', text, () => {})

test('adds the SOA and NS records that a text lacks', () => {
  const types = Array.from(load('www A 192.0.2.1\n').records(), ({ name, type }) => `${name} ${type}`)
  expect(types.sort()).toEqual(['a.test NS', 'a.test SOA', 'www.a.test A'])
})

test('keeps the SOA and NS records of a text', () => {
  const text = '@ 60 SOA ns host 7 1h 10m 1w 5s\n@ 60 NS ns\nns 60 A 192.0.2.1\n'
  expect(load(text).soa.data.serial).toBe(7)
})

test('rejects records that conflict with the SOA', () => {
  expect(() => load('@ CNAME b.test.\n')).toThrow('zone a.test')
})

test('rejects an invalid name', () => {
  expect(() => loadZoneText('a..test', '', () => {})).toThrow('invalid zone name')
})
