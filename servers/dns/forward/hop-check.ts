/**
 * Detects forwarding loops: each forwarder adds its random number to the queries that it forwards, in an EDNS option for local
 * use (RFC 6891, section 9), and detects a loop if it receives that number. Other servers ignore the option. Pure.
 */
import type { EdnsOption, Message } from '../../../shared/dns/message.ts'

/** In the range for local use, 65001-65534. */
export const HOPS_OPTION = 65_353
/** Enough to be unique. */
export const HOP_BYTES = 8
/** A longer chain of forwarders is a configuration error. */
const MAX_HOPS = 8

export type HopCheck =
  /** The option for the query to the upstream. */
  | { readonly kind: 'forward'; readonly option: EdnsOption }
  /** The query has passed this forwarder before, or too many others. */
  | { readonly kind: 'loop' }

/** @param own `HOP_BYTES` random bytes, the same for all queries of this forwarder */
export function checkHops({ edns }: Pick<Message, 'edns'>, own: Uint8Array): HopCheck {
  const received = edns?.options.find(({ code }) => code === HOPS_OPTION)?.data ?? new Uint8Array()
  const hops = chunks(received)
  if (hops.length >= MAX_HOPS || hops.some(hop => Buffer.compare(hop, own) === 0)) return { kind: 'loop' }
  return { kind: 'forward', option: { code: HOPS_OPTION, data: Buffer.concat([...hops, own]) } }
}

/** Ignores an incomplete hop at the end. */
function chunks(data: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.floor(data.length / HOP_BYTES) }, (_, index) =>
    data.subarray(index * HOP_BYTES, (index + 1) * HOP_BYTES),
  )
}
