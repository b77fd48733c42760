/** The addresses of this machine that others can reach it by. */
import { networkInterfaces } from 'node:os'

/** Without loopback, and without link-local ones, which mean nothing without the interface they belong to. */
export function localAddresses(family: 4 | 6): string[] {
  return Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(address => address.family === `IPv${family}` && !address.internal && !address.address.startsWith('fe80:'))
    .map(({ address }) => address)
}
