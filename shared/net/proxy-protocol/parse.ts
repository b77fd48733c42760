/**
 * Parses the header of the PROXY protocol, which a balancer sends before the bytes of its client: version 1 is a line of text,
 * version 2 is binary (https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt). Pure.
 */
import type { ParsedHeader } from './header.ts'
import { parseVersion1, VERSION_1_START } from './version-1.ts'
import { parseVersion2, SIGNATURE } from './version-2.ts'

/** Parses the header at the start of the bytes, of which the last may be missing. */
export function parseProxyHeader(bytes: Buffer): ParsedHeader {
  if (startsAlike(bytes, SIGNATURE)) return parseVersion2(bytes)
  if (startsAlike(bytes, VERSION_1_START)) return parseVersion1(bytes)
  return { kind: 'invalid', reason: 'it does not begin with a PROXY protocol header' }
}

/** Compares the bytes that both have. */
function startsAlike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length)
  return bytes.subarray(0, length).equals(start.subarray(0, length))
}
