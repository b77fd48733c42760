/**
 * Detects forwarding loops: each forwarder adds its random number to the queries that it forwards, in an EDNS option for local
 * use (RFC 6891, section 9), and detects a loop if it receives that number. Other servers ignore the option. Pure.
 */
import type { EdnsOption, Message } from '../../../shared/dns/message.ts'

/** An option code for local use (65001 to 65534). */
export const HOPS_OPTION = 65_353
/** Long enough to be unique. */
export const HOP_BYTES = 8
/** A longer chain of forwarders is a configuration error. */
const MAX_HOPS = 8

export type HopCheck =
  /** The query to the upstream has this option. */
  | { readonly kind: 'forward'; readonly option: EdnsOption }
  /** The query has passed this forwarder, or too many others. */
  | { readonly kind: 'loop' }

/**
 * Checks the hops of a query and adds this forwarder.
 *
 * @param own `HOP_BYTES` random bytes, the same for all queries of this forwarder
 */
export function checkHops({ edns }: Pick<Message, 'edns'>, own: Uint8Array): HopCheck {
  const received = edns?.options.find(({ code }) => code === HOPS_OPTION)?.data ?? new Uint8Array()
  const hops = splitHops(received)
  if (hops.length >= MAX_HOPS || hops.some(hop => Buffer.compare(hop, own) === 0)) return { kind: 'loop' }
  return { kind: 'forward', option: { code: HOPS_OPTION, data: Buffer.concat([...hops, own]) } }
}

/** Splits the data into hops. Ignores an incomplete hop at the end. */
function splitHops(data: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.floor(data.length / HOP_BYTES) }, (_, index) =>
    data.subarray(index * HOP_BYTES, (index + 1) * HOP_BYTES),
  )
}
