/** Loads the certificate library, which is heavy: only who makes a certificate waits for it. */
import { createRequire } from 'node:module'

export type X509 = typeof import('@peculiar/x509')

const require = createRequire(import.meta.url)

/**
 * Its dependency injection (tsyringe) wants the decorators' metadata (`Reflect.getMetadata`), asks it once, while it is
 * loaded, for what its constructors take, and needs no other answer than that they take nothing. So it gets that answer
 * for as long as that, in one piece: the rest of the program keeps the `Reflect` that it had.
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
