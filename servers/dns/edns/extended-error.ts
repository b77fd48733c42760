/** Why a response is what it is, for who can hear it (RFC 8914). Pure. */
import { OPTION_CODES } from '../../../shared/dns/edns-options.ts'
import type { EdnsOption, Message } from '../../../shared/dns/message.ts'

/** RFC 8914, section 4. */
export const REASON = {
  OTHER: 0,
  CACHED_ERROR: 13,
  NOT_READY: 14,
  PROHIBITED: 18,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
} as const

export type Reason = (typeof REASON)[keyof typeof REASON]

/** One line: what explains a response should not make it too long for a datagram. */
const MAX_TEXT_BYTES = 120

/** An extended error, with words for a person where there are any; cut where they are long. */
export function explanation(reason: Reason, text = ''): EdnsOption {
  // Cut between characters: half of one is no UTF-8.
  const fitting = Buffer.from(text)
    .subarray(0, MAX_TEXT_BYTES)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
  const data = Buffer.concat([Buffer.alloc(2), Buffer.from(fitting)])
  data.writeUInt16BE(reason)
  return { code: OPTION_CODES.EDE, data }
}

/** The response with an extended error. It is sent to clients that speak EDNS. */
export function explain(response: Message, reason: Reason, text = ''): Message {
  const options = [...(response.edns?.options ?? []), explanation(reason, text)]
  // Only the options count here: the rest is filled in when the response is written.
  return { ...response, edns: { version: 0, udpPayloadSize: 0, dnssecOk: false, options } }
}
