/** Loads the certificate library on use, because it is large. */
import { createRequire } from 'node:module'

export type X509 = typeof import('@peculiar/x509')

const require = createRequire(import.meta.url)

/**
 * Returns the library. Its dependency injection (tsyringe) calls `Reflect.getMetadata` for constructor parameters while it
 * is loaded; `undefined` (no parameters) is sufficient. The functions are defined only during the synchronous load,
 * so the rest of the program keeps an unchanged `Reflect`.
 */
export function loadX509(): X509 {
  const missing = ['getMetadata', 'getOwnMetadata'].filter(name => !(name in Reflect))
  for (const name of missing) Object.defineProperty(Reflect, name, { value: () => undefined, configurable: true })
  try {
    return require('@peculiar/x509')
  } finally {
    for (const name of missing) Reflect.deleteProperty(Reflect, name)
  }
}
