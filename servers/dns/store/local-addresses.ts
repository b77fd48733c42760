/** The addresses at which other machines can reach this one. */
import { networkInterfaces } from 'node:os'

/** Leaves out loopback addresses, and link-local ones, which are useless without their interface. */
export function localAddresses(family: 4 | 6): string[] {
  return Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(address => address.family === `IPv${family}` && !address.internal && !address.address.startsWith('fe80:'))
    .map(({ address }) => address)
}
