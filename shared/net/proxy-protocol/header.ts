/** The content of a header of the PROXY protocol. Pure. */
import type { Address } from '../address.ts'

/** The two ends of the connection between the client and the balancer. */
export interface ProxiedAddresses {
  readonly source: Address
  readonly destination: Address
}

export type ParsedHeader =
  /** More bytes are needed. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'invalid'; readonly reason: string }
  | {
      readonly kind: 'complete'
      /** The bytes of the header; those after it belong to the protocol. */
      readonly length: number
      /** Undefined if the balancer speaks for itself, as for a health check, or does not know the client. */
      readonly addresses: ProxiedAddresses | undefined
    }

const IPV4_BYTES = 4
/** Groups of 16 bits. */
const IPV6_GROUPS = 8
/** An IPv4 address as IPv6: `::ffff:192.0.2.1`. */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex')

/**
 * Formats an address as the system formats that of a socket.
 *
 * @param bytes 4 for IPv4, 16 for IPv6
 */
export function addressOf(bytes: Buffer, port: number): Address {
  if (bytes.length === IPV4_BYTES) return { host: bytes.join('.'), port }
  if (bytes.subarray(0, MAPPED.length).equals(MAPPED)) return { host: bytes.subarray(MAPPED.length).join('.'), port }
  const groups = Array.from({ length: IPV6_GROUPS }, (_, index) => bytes.readUInt16BE(2 * index).toString(16))
  // A URL has the short form of RFC 5952, in brackets.
  const { hostname } = new URL(`http://[${groups.join(':')}]`)
  return { host: hostname.slice(1, -1), port }
}
