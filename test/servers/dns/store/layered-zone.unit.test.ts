import { expect, test } from 'vitest'
import { LayeredZone } from '../../../../servers/dns/store/layered-zone.ts'
import { publishedNodes } from '../../../../servers/dns/store/published-records.ts'
import { lines, zone } from '../zones.ts'

test('what is published before there is a file is served once there is one', () => {
  const served = new LayeredZone('test')
  const published = publishedNodes([{ name: 'www.test', class: 'IN', ttl: 5, type: 'A', data: '127.0.0.1' }])
  expect(served.publish(published)).toBeUndefined()
  expect(served.zone).toBeUndefined()
  const change = served.load(zone('mail A 192.0.2.1\n'))
  expect(lines([...(change?.zone?.records() ?? [])])).toEqual([
    'test. 60 IN SOA ns.test. host.test. 1 3600 600 86400 5',
    'test. 60 IN NS ns.test.',
    'mail.test. 60 IN A 192.0.2.1',
    'www.test. 5 IN A 127.0.0.1',
  ])
})
