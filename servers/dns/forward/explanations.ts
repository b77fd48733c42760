/** Extended errors (RFC 8914) for what goes wrong on the way to an upstream and back. Pure. */
import { OPTION_CODES } from '../../../shared/dns/edns-options.ts'
import type { EdnsOption } from '../../../shared/dns/message.ts'

/** RFC 8914, section 4. */
export const EXPLANATION = {
  OTHER: 0,
  CACHED_ERROR: 13,
  NOT_READY: 14,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
} as const

/** One line: what explains a response should not make it too long for a datagram. */
const MAX_TEXT_BYTES = 120

/** An extended error with its text, cut where it is long. */
export function explanation(code: (typeof EXPLANATION)[keyof typeof EXPLANATION], text = ''): EdnsOption {
  // Cut between characters: half of one is no UTF-8.
  const fitting = Buffer.from(text)
    .subarray(0, MAX_TEXT_BYTES)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
  return { code: OPTION_CODES.EDE, data: Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(fitting)]) }
}
