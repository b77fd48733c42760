import { expect, test } from 'vitest'
import { LayeredZone } from '../../../../servers/dns/store/layered-zone.ts'
import { groupIntoNodes } from '../../../../servers/dns/store/published-records.ts'
import { lines, zone } from '../zones.ts'

test('serves records published before the file is loaded', () => {
  const layered = new LayeredZone('test')
  const published = groupIntoNodes([{ name: 'www.test', class: 'IN', ttl: 5, type: 'A', data: '127.0.0.1' }])
  expect(layered.publish(published)).toBeUndefined()
  expect(layered.zone).toBeUndefined()
  const change = layered.load(zone('mail A 192.0.2.1\n'))
  expect(lines([...(change?.zone?.records() ?? [])])).toEqual([
    'test. 60 IN SOA ns.test. host.test. 1 3600 600 86400 5',
    'test. 60 IN NS ns.test.',
    'mail.test. 60 IN A 192.0.2.1',
    'www.test. 5 IN A 127.0.0.1',
  ])
})
