import { expect, test } from 'vitest'
import { recordsApi } from '../../../../servers/dns/store/records-api.ts'
import { ZoneStore } from '../../../../servers/dns/store/zone-store.ts'
import { zone } from '../zones.ts'

test('set names the served zones in its error, even if there are none', () => {
  expect(() => recordsApi(new ZoneStore([])).set('a.test', 'A', '192.0.2.1')).toThrow(
    'suite.dns.set("a.test", "A", "192.0.2.1"): a.test. is not in a zone of this server (zones: none)',
  )
})

test('set rethrows the error of a change listener unchanged', () => {
  const store = new ZoneStore([zone('')])
  const failure = new Error('the log is closed')
  store.onChange(() => {
    throw failure
  })
  let thrown: unknown
  try {
    recordsApi(store).set('a.test', 'A', '192.0.2.1')
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBe(failure)
})
