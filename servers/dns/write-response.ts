/** From a response to its bytes: what EDNS adds, and how much of it fits where it goes (RFC 6891). Pure. */
import { encodeMessage, MAX_MESSAGE_BYTES } from '../../shared/dns/encode.ts'
import type { Edns, Message } from '../../shared/dns/message.ts'
import type { Query } from './query.ts'

/** What we take by UDP, and send at most: it fits into one packet on any network (DNS flag day 2020; RFC 9715). */
export const MAX_UDP_BYTES = 1232
/** What a client takes that says nothing (RFC 1035, section 2.3.4), or less than that (RFC 6891, section 6.2.5). */
const PLAIN_UDP_BYTES = 512

/**
 * Writes the response to a query. EDNS is spoken to who speaks it, and to nobody else (RFC 6891, section 6.1.1); what
 * responds to a signed query is signed.
 */
export function writeResponse(query: Query, response: Message): Buffer {
  const { signature } = query
  const bytes = encodeMessage(
    { ...response, edns: ednsFor(query.message.edns) },
    limitFor(query) - (signature?.length ?? 0),
  )
  return signature ? signature.sign(bytes) : bytes
}

function ednsFor(asked: Edns | undefined): Edns | undefined {
  return asked && { version: 0, udpPayloadSize: MAX_UDP_BYTES, dnssecOk: asked.dnssecOk, options: [] }
}

function limitFor({ client, message }: Query): number {
  if (client.transport !== 'udp') return MAX_MESSAGE_BYTES
  return Math.max(PLAIN_UDP_BYTES, Math.min(message.edns?.udpPayloadSize ?? PLAIN_UDP_BYTES, MAX_UDP_BYTES))
}
