/** The preface of HTTP/2 (RFC 9113, section 3.4), with which a client with prior knowledge starts. Pure. */

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** Returns whether the first bytes of a connection are the preface; `maybe` if that needs more bytes. */
export function startsWithPreface(bytes: Uint8Array): 'yes' | 'no' | 'maybe' {
  if (bytes[0] !== PREFACE[0]) return 'no'
  const length = Math.min(bytes.length, PREFACE.length)
  if (!PREFACE.subarray(0, length).equals(bytes.subarray(0, length))) return 'no'
  return length === PREFACE.length ? 'yes' : 'maybe'
}
