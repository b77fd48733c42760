/**
 * Forwarders that forward to one another: each adds a random number of its own to a query that it forwards, in an option
 * of EDNS for local use (RFC 6891, section 9), and knows the query again by it. Other servers pass over the option. Pure.
 */
import type { EdnsOption, Message } from '../../../shared/dns/message.ts'

/** Out of the range for local use, 65001-65534. */
export const HOPS_OPTION = 65_353
/** Enough that no two forwarders draw the same. */
export const HOP_BYTES = 8
/** More forwarders in a row than this is a mistake in itself. */
const MAX_HOPS = 8

export type HopCheck =
  /** The option for the query as it is sent on. */
  | { readonly kind: 'onward'; readonly option: EdnsOption }
  /** It has come by here before, or by too many. */
  | { readonly kind: 'loop' }

/** @param own `HOP_BYTES` random bytes, the same for all queries of this forwarder */
export function checkHops({ edns }: Pick<Message, 'edns'>, own: Uint8Array): HopCheck {
  const before = edns?.options.find(({ code }) => code === HOPS_OPTION)?.data ?? new Uint8Array()
  const hops = chunks(before)
  if (hops.length >= MAX_HOPS || hops.some(hop => Buffer.compare(hop, own) === 0)) return { kind: 'loop' }
  return { kind: 'onward', option: { code: HOPS_OPTION, data: Buffer.concat([...hops, own]) } }
}

/** Whole ones only: what is left over is not ours. */
function chunks(data: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.floor(data.length / HOP_BYTES) }, (_, index) =>
    data.subarray(index * HOP_BYTES, (index + 1) * HOP_BYTES),
  )
}
