/** Serial number arithmetic (RFC 1982). Serials wrap around, so "newer" means less than half of the number space ahead. Pure. */

const HALF = 0x8000_0000

/** Returns true if a zone with this serial is newer than one with `other`. At a distance of exactly half, neither is newer. */
export function isNewer(serial: number, other: number): boolean {
  const distance = (serial - other) >>> 0
  return distance > 0 && distance < HALF
}

/** Returns the serial of the next version. Skips 0, which some secondaries treat as missing. */
export function nextSerial(serial: number): number {
  return (serial + 1) >>> 0 || 1
}
