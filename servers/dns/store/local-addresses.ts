/** The addresses of this machine that other machines can reach. */
import { networkInterfaces } from 'node:os'

/** Returns the addresses of a family without loopback and link-local ones, which work only with their interface. */
export function localAddresses(family: 4 | 6): string[] {
  return Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(address => address.family === `IPv${family}` && !address.internal && !address.address.startsWith('fe80:'))
    .map(({ address }) => address)
}
