/** Tests zones that a program gives as text, and `suite.reset()` of their records. */
import { expect, test } from 'vitest'
import { query } from '../../../clients/dns/index.ts'
import type { TypeName } from '../../../shared/dns/codes.ts'
import type { SuiteOptions } from '../../../shared/launcher/index.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { lines } from './zones.ts'

async function serve(zones: NonNullable<SuiteOptions<'dns'>['dns']>['zones']) {
  const suite = await suiteFor({ services: ['dns'], dns: { zones } })
  const lookUp = async (name: string, type: TypeName = 'A') =>
    lines((await query({ name, type, server: suite.dns })).answers)
  const serial = async (zone: string) => {
    const [answer] = (await query({ name: zone, type: 'SOA', server: suite.dns })).answers
    return answer?.type === 'SOA' ? answer.data.serial : undefined
  }
  return { suite, lookUp, serial }
}

const RECORDS = 'www A 192.0.2.1\n'

test.each([
  ['a map', { 'shop.test': RECORDS }],
  ['an array', [{ origin: 'shop.test', text: RECORDS }]],
])('serves zones given as %s beside the zone of the suite; SOA, NS and TTL may be missing', async (_form, zones) => {
  const { lookUp } = await serve(zones)
  expect(await lookUp('www.shop.test')).toEqual(['www.shop.test. 5 IN A 192.0.2.1'])
  expect(await lookUp('ns.fourwire.test')).toEqual([expect.stringContaining(' A 127.0.0.1')])
  expect(await lookUp('shop.test', 'NS')).toHaveLength(1)
})

test('serves an empty text as a zone, to which a program adds records', async () => {
  const { suite, lookUp } = await serve({ 'shop.test': '' })
  suite.dns.set('api.shop.test', 'A', '192.0.2.9')
  expect(await lookUp('api.shop.test')).toEqual(['api.shop.test. 5 IN A 192.0.2.9'])
  expect(suite.dns.records('api.shop.test')).toMatchObject([{ type: 'A', data: '192.0.2.9' }])
  expect(suite.dns.remove('api.shop.test')).toBe(true)
  expect(await lookUp('api.shop.test')).toEqual([])
})

test('set rejects a name outside of all zones, and lists the zones', async () => {
  const { suite } = await serve({ 'shop.test': '' })
  const set = () => suite.dns.set('api.other.test', 'A', '192.0.2.9')
  expect(set).toThrow('api.other.test')
  expect(set).toThrow('shop.test.')
  expect(set).toThrow('fourwire.test.')
})

test('reset undoes changes of records, and raises the serial', async () => {
  const { suite, lookUp, serial } = await serve({ 'shop.test': RECORDS })
  suite.dns.set('www.shop.test', 'A', '192.0.2.2')
  suite.dns.set('extra.fourwire.test', 'A', '192.0.2.3')
  const before = Number(await serial('shop.test'))
  await suite.reset()
  expect(await lookUp('www.shop.test')).toEqual(['www.shop.test. 5 IN A 192.0.2.1'])
  expect(await lookUp('extra.fourwire.test')).toEqual([])
  expect(Number(await serial('shop.test'))).toBeGreaterThan(before)
})

test('reset of unchanged zones keeps their serials', async () => {
  const { suite, serial } = await serve({ 'shop.test': RECORDS })
  const before = await serial('shop.test')
  await suite.reset()
  expect(await serial('shop.test')).toBe(before)
})
