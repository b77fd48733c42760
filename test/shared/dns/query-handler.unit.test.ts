import { expect, test } from 'vitest'
import { type DnsQueryHandler, DnsQueryHandlerRegistry } from '../../../shared/dns/query-handler.ts'

test('holds the handler that was registered last, until it is removed', () => {
  const registry = new DnsQueryHandlerRegistry()
  const handler = (): DnsQueryHandler => ({ handle: () => undefined })
  const [first, second] = [handler(), handler()]
  const removeFirst = registry.register(first)
  expect(registry.current).toBe(first)
  const removeSecond = registry.register(second)
  removeFirst()
  expect(registry.current).toBe(second)
  removeSecond()
  expect(registry.current).toBeUndefined()
})
