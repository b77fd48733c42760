/** The zone of a suite. */

/** The zone that a suite is authoritative for; `.test` is reserved (RFC 6761, section 6.2). */
export const ZONE = 'fourwire.test'

/** True for the zone itself and every name under it, whatever the case and with or without the last dot. */
export function isInZone(name: string): boolean {
  const plain = name.toLowerCase().replace(/\.$/, '')
  return plain === ZONE || plain.endsWith(`.${ZONE}`)
}
