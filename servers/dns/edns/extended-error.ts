/** Extended DNS errors (RFC 8914). Pure. */
import { OPTION_CODES } from '../../../shared/dns/edns-options.ts'
import type { EdnsOption, Message } from '../../../shared/dns/message.ts'

/** RFC 8914, section 4. */
export const INFO_CODE = {
  OTHER: 0,
  CACHED_ERROR: 13,
  NOT_READY: 14,
  PROHIBITED: 18,
  NOT_AUTHORITATIVE: 20,
  NOT_SUPPORTED: 21,
  NO_REACHABLE_AUTHORITY: 22,
  NETWORK_ERROR: 23,
} as const

export type InfoCode = (typeof INFO_CODE)[keyof typeof INFO_CODE]

/** Limits the text to one line, so that it does not make a response too long for a datagram. */
const MAX_TEXT_BYTES = 120

/** Returns the option of an extended error. A long text is truncated. */
export function extendedError(infoCode: InfoCode, text = ''): EdnsOption {
  // Truncated between characters: part of a character is not valid UTF-8.
  const truncated = Buffer.from(text)
    .subarray(0, MAX_TEXT_BYTES)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')
  const data = Buffer.concat([Buffer.alloc(2), Buffer.from(truncated)])
  data.writeUInt16BE(infoCode)
  return { code: OPTION_CODES.EDE, data }
}

/** Adds an extended error to a response. Clients without EDNS do not receive it. */
export function explain(response: Message, infoCode: InfoCode, text = ''): Message {
  const options = [...(response.edns?.options ?? []), extendedError(infoCode, text)]
  // `writeResponse` sets the other fields.
  return { ...response, edns: { version: 0, udpPayloadSize: 0, dnssecOk: false, options } }
}
