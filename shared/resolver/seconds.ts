/** Seconds since 1970, as signatures count the time (RFC 8945, section 4.2). */
export function seconds(): number {
  return Math.floor(Date.now() / 1000)
}
