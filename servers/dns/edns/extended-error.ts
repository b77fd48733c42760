/** Why a response is what it is, for who can hear it (RFC 8914). Pure. */
import { OPTION_CODES } from '../../../shared/dns/edns-options.ts'
import type { Message } from '../../../shared/dns/message.ts'

/** RFC 8914, section 4. */
export const REASON = {
  OTHER: 0,
  PROHIBITED: 18,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
} as const

export type Reason = (typeof REASON)[keyof typeof REASON]

/** The response with a reason, and with words for a person where there are any. It is sent to clients that speak EDNS. */
export function explain(response: Message, reason: Reason, text = ''): Message {
  const data = Buffer.alloc(2 + Buffer.byteLength(text))
  data.writeUInt16BE(reason)
  data.write(text, 2)
  const options = [...(response.edns?.options ?? []), { code: OPTION_CODES.EDE, data }]
  // Only the options count here: the rest is filled in when the response is written.
  return { ...response, edns: { version: 0, udpPayloadSize: 0, dnssecOk: false, options } }
}
