/** The zone that a suite is authoritative for; `.test` is reserved (RFC 6761, section 6.2). */
export const ZONE = 'fourwire.test'

/** Returns true for the zone itself and all names below it, in any case, with or without the trailing dot. */
export function isInZone(name: string): boolean {
  const folded = name.toLowerCase().replace(/\.$/, '')
  return folded === ZONE || folded.endsWith(`.${ZONE}`)
}
