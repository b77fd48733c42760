/** Creates stores for tests without a suite. */
import { onTestFinished } from 'vitest'
import { type OpenStore, Store, type StoreLocation, type StoreOptions } from '../../shared/store/store.ts'
import type { Cleanup } from './cli.ts'
import { LOWEST_COST } from './password-cost.ts'

/** Creates a store, by default in memory and with the lowest cost of passwords, that is closed after the test. */
export function createStore(
  location: StoreLocation = { kind: 'memory' },
  options: StoreOptions = {},
  cleanup: Cleanup = onTestFinished,
): Store {
  const store = new Store(location, { passwordCost: LOWEST_COST, ...options })
  cleanup(() => store.close())
  return store
}

/** Creates a store as `createStore` does, and opens it. `closeStore` closes it earlier. */
export async function openStore(
  ...parameters: Parameters<typeof createStore>
): Promise<OpenStore & { closeStore(): Promise<void> }> {
  const store = createStore(...parameters)
  return { ...(await store.open()), closeStore: () => store.close() }
}
