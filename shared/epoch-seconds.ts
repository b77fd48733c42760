/** Seconds since 1970, as signatures (RFC 8945, section 4.2) and cookies (RFC 9018) count the time. */
export function epochSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
