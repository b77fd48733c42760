/** Builds NOTIFY messages and recognizes their responses (RFC 1996). Pure. */
import { decodeMessage } from '../../../shared/dns/decode.ts'
import { EMPTY_MESSAGE, type Message, NO_FLAGS } from '../../../shared/dns/message.ts'
import { isResponseTo, type PreparedQuery } from '../../../shared/dns/resolver/send/prepared-query.ts'
import type { TsigKey } from '../../../shared/dns/tsig/key.ts'
import { encodeQuery } from '../../../shared/dns/tsig/query.ts'
import type { Zone } from '../zone/zone.ts'

/**
 * Builds a NOTIFY message with the zone's SOA as a hint (RFC 1996, section 3.7), signed if there is a key.
 *
 * @param id must be unpredictable; the response repeats it
 * @param now seconds since 1970
 */
export function prepareNotify(zone: Zone, key: TsigKey | undefined, id: number, now: number): PreparedQuery {
  const message: Message = {
    ...EMPTY_MESSAGE,
    id,
    opcode: 'NOTIFY',
    flags: { ...NO_FLAGS, aa: true },
    questions: [{ name: zone.soa.name, type: 'SOA', class: 'IN' }],
    answers: [zone.soa],
  }
  const { bytes, createVerifier } = encodeQuery(message, key, now)
  return {
    id,
    bytes,
    decodeResponse(received, at) {
      const response = decodeMessage(createVerifier()?.verify(received, at) ?? received)
      return isResponseTo(response, message) ? { message: response, caseMatches: true } : undefined
    },
  }
}
