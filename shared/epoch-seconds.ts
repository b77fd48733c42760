/** Returns the time in seconds since 1970, for signatures (RFC 8945, section 4.2) and cookies (RFC 9018). */
export function epochSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
