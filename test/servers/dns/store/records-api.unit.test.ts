import { expect, test } from 'vitest'
import { recordsApi } from '../../../../servers/dns/store/records-api.ts'
import { ZoneStore } from '../../../../servers/dns/store/zone-store.ts'
import { zone } from '../zones.ts'

test('where no zone is served the error says so', () => {
  expect(() => recordsApi(new ZoneStore([])).set('a.test', 'A', '192.0.2.1')).toThrow(
    'suite.dns.set("a.test", "A", "192.0.2.1"): a.test. is in none of the zones served here (none)',
  )
})

test('an error of whoever is told of a change is not blamed on the caller', () => {
  const served = new ZoneStore([zone('')])
  const defect = new Error('the log is closed')
  served.onChange(() => {
    throw defect
  })
  let thrown: unknown
  try {
    recordsApi(served).set('a.test', 'A', '192.0.2.1')
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBe(defect)
})
