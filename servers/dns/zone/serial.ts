/** Serial numbers (RFC 1982): they go round, so that "higher" is which way round is shorter. Pure. */

const HALF_WAY = 0x8000_0000

/** True where a zone of the first serial is newer than one of the second. Half way round is neither newer nor older. */
export function isNewer(serial: number, than: number): boolean {
  const ahead = (serial - than) >>> 0
  return ahead > 0 && ahead < HALF_WAY
}

/** The serial of the next version. Never 0, which some secondaries take for "none". */
export function nextSerial(serial: number): number {
  return (serial + 1) >>> 0 || 1
}
