/** Version 1 of the PROXY protocol: `PROXY TCP4 192.0.2.1 198.51.100.7 56324 443` and CRLF (section 2.1). Pure. */
import type { Address } from '../address.ts'
import { ipAddressBytes } from '../ip-address-bytes.ts'
import { addressOf, type ParsedHeader } from './header.ts'

export const VERSION_1_START = Buffer.from('PROXY ', 'latin1')

/** The longest line, with its CRLF. */
const MAX_LINE_BYTES = 107

/** The number of bytes of an address of each family. */
const FAMILIES: Readonly<Record<string, number>> = { TCP4: 4, TCP6: 16 }

/** @param bytes begin as `VERSION_1_START` does */
export function parseVersion1(bytes: Buffer): ParsedHeader {
  const end = bytes.subarray(0, MAX_LINE_BYTES).indexOf('\r\n')
  if (end === -1) {
    if (bytes.length < MAX_LINE_BYTES) return { kind: 'incomplete' }
    return { kind: 'invalid', reason: `its PROXY line has no CRLF within ${MAX_LINE_BYTES} bytes` }
  }
  const line = bytes.toString('latin1', 0, end)
  const length = end + 2
  // The balancer may write anything after UNKNOWN.
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { kind: 'complete', length, addresses: undefined }
  const [, family = '', ...fields] = line.split(' ')
  const [source, destination, sourcePort, destinationPort] = fields
  const size = FAMILIES[family]
  const from = size && readAddress(source, sourcePort, size)
  const to = size && readAddress(destination, destinationPort, size)
  if (!from || !to || fields.length !== 4) {
    return { kind: 'invalid', reason: `its PROXY line is malformed: ${JSON.stringify(line)}` }
  }
  return { kind: 'complete', length, addresses: { source: from, destination: to } }
}

/** Returns undefined if the address is not of the family, or the port is not a number without leading zeros. */
function readAddress(host = '', port = '', size: number): Address | undefined {
  if (!/^(?:0|[1-9]\d{0,4})$/.test(port) || Number(port) > 0xffff || !/^[\da-f:.]+$/i.test(host)) return undefined
  try {
    const bytes = ipAddressBytes(host)
    return bytes.length === size ? addressOf(bytes, Number(port)) : undefined
  } catch {
    return undefined
  }
}
