/** From a response to its bytes: what EDNS adds, how much of it fits where it goes, and its signature. Pure. */
import { OPTION_CODES } from '../../shared/dns/edns-options.ts'
import { encodeMessage, MAX_MESSAGE_BYTES } from '../../shared/dns/encode.ts'
import type { Edns, EdnsOption, Message } from '../../shared/dns/message.ts'
import { MAX_UDP_BYTES, optionsFor, paddingFor, udpPayloadFor, wantsPadding } from './edns/edns.ts'
import type { Query } from './query.ts'

/** What is the same for every response of one server. */
export interface Writing {
  /** What the server calls itself where it is asked (RFC 5001); '' for nothing. */
  readonly nsid: string
  /** How many times as long as the query a response by UDP may be where the client is not trusted; 0 is no bound. */
  readonly amplification: number
}

const PLAIN_WRITING: Writing = { nsid: '', amplification: 0 }

/**
 * Writes the response to a query. EDNS is spoken to who speaks it, and to nobody else (RFC 6891, section 6.1.1); what
 * responds to a signed query is signed.
 */
export function writeResponse(query: Query, response: Message, writing = PLAIN_WRITING): Buffer {
  const { signature } = query
  const limit = limitFor(query, writing.amplification) - (signature?.length ?? 0)
  const bytes = writeUnsigned(query, response, writing.nsid, limit)
  return signature ? signature.sign(bytes) : bytes
}

function writeUnsigned(query: Query, response: Message, nsid: string, limit: number): Buffer {
  const asked = query.message.edns
  if (!asked) return encodeMessage(response.edns ? { ...response, edns: undefined } : response, limit)
  const write = (options: readonly EdnsOption[]) => encodeMessage({ ...response, edns: ednsFor(asked, options) }, limit)
  const options = [...optionsFor(query, nsid), ...(response.edns?.options ?? [])]
  const bytes = write(options)
  // Where not even the header fits with them: names and reasons are a service, the cookie leads to a whole answer.
  if (bytes.length > limit) return write(options.filter(({ code }) => code === OPTION_CODES.COOKIE))
  return wantsPadding(query) ? write([...options, paddingFor(bytes.length, limit)]) : bytes
}

function ednsFor({ dnssecOk }: Edns, options: readonly EdnsOption[]): Edns {
  return { version: 0, udpPayloadSize: MAX_UDP_BYTES, dnssecOk, options }
}

/** What is longer than a client may be sent unasked is cut, and TC has it come by TCP. */
function limitFor(query: Query, amplification: number): number {
  if (query.client.transport !== 'udp') return MAX_MESSAGE_BYTES
  const payload = udpPayloadFor(query.message)
  const unasked = amplification > 0 && !query.trusted
  return unasked ? Math.min(payload, amplification * query.bytes.length) : payload
}
