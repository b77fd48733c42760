/** Zones that a program gives, beside the zone of the suite; and `suite.reset()` of their records. */
import { expect, test } from 'vitest'
import { query } from '../../../clients/dns/index.ts'
import type { TypeName } from '../../../shared/dns/codes.ts'
import type { SuiteOptions } from '../../../shared/launcher/index.ts'
import { suiteFor } from '../../helpers/suite.ts'
import { lines } from './zones.ts'

async function serve(zones: NonNullable<SuiteOptions<'dns'>['dns']>['zones']) {
  const suite = await suiteFor({ services: ['dns'], dns: { zones } })
  const ask = async (name: string, type: TypeName = 'A') =>
    lines((await query({ name, type, server: suite.dns })).answers)
  const serial = async (zone: string) => {
    const [answer] = (await query({ name: zone, type: 'SOA', server: suite.dns })).answers
    return answer?.type === 'SOA' ? answer.data.serial : undefined
  }
  return { suite, ask, serial }
}

const RECORDS = 'www A 192.0.2.1\n'

test.each([
  ['a map', { 'shop.test': RECORDS }],
  ['an array', [{ origin: 'shop.test', text: RECORDS }]],
])('serves zones given as %s beside the zone of the suite; SOA, NS and TTL may be missing', async (_form, zones) => {
  const { ask } = await serve(zones)
  expect(await ask('www.shop.test')).toEqual(['www.shop.test. 5 IN A 192.0.2.1'])
  expect(await ask('ns.fourwire.test')).toEqual([expect.stringContaining(' A 127.0.0.1')])
  expect(await ask('shop.test', 'NS')).toHaveLength(1)
})

test('an empty text is a zone to which a program adds records', async () => {
  const { suite, ask } = await serve({ 'shop.test': '' })
  suite.dns.set('api.shop.test', 'A', '192.0.2.9')
  expect(await ask('api.shop.test')).toEqual(['api.shop.test. 5 IN A 192.0.2.9'])
  expect(suite.dns.records('api.shop.test')).toMatchObject([{ type: 'A', data: '192.0.2.9' }])
  expect(suite.dns.remove('api.shop.test')).toBe(true)
  expect(await ask('api.shop.test')).toEqual([])
})

test('a name outside of all zones is an error that lists the zones', async () => {
  const { suite } = await serve({ 'shop.test': '' })
  const set = () => suite.dns.set('api.other.test', 'A', '192.0.2.9')
  expect(set).toThrow('api.other.test')
  expect(set).toThrow('shop.test.')
  expect(set).toThrow('fourwire.test.')
})

test('reset undoes changes of records, with a higher serial than before', async () => {
  const { suite, ask, serial } = await serve({ 'shop.test': RECORDS })
  suite.dns.set('www.shop.test', 'A', '192.0.2.2')
  suite.dns.set('extra.fourwire.test', 'A', '192.0.2.3')
  const before = Number(await serial('shop.test'))
  await suite.reset()
  expect(await ask('www.shop.test')).toEqual(['www.shop.test. 5 IN A 192.0.2.1'])
  expect(await ask('extra.fourwire.test')).toEqual([])
  expect(Number(await serial('shop.test'))).toBeGreaterThan(before)
})

test('reset of unchanged zones keeps their serials', async () => {
  const { suite, serial } = await serve({ 'shop.test': RECORDS })
  const before = await serial('shop.test')
  await suite.reset()
  expect(await serial('shop.test')).toBe(before)
})
