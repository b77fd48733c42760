/** Where a suite keeps its store, and which machines can reach its services. */
import path from 'node:path'
import { isLoopback } from '../../net/address.ts'
import { STORE_FILE, type StoreLocation } from '../../store/location.ts'
import type { ResolvedSettings } from '../settings/options.ts'

/** Returns the database that the user named, a file of the data folder, or memory without a data folder. */
export function storeLocation({ data, store }: Pick<ResolvedSettings, 'data' | 'store'>): StoreLocation {
  if (store !== undefined) return { kind: 'postgres', url: store }
  return data === undefined ? { kind: 'memory' } : { kind: 'sqlite', file: path.join(path.resolve(data), STORE_FILE) }
}

/** Returns true if no other machine can reach a service of the suite; a balancer makes a service on loopback reachable. */
export function isOnLoopback(settings: Pick<ResolvedSettings, 'services' | 'options' | 'proxyFrom'>): boolean {
  const { services, options, proxyFrom } = settings
  return proxyFrom.length === 0 && services.flatMap(name => options[name].host.split(/\s*,\s*/)).every(isLoopback)
}
