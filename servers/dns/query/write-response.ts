/** Writes responses: adds EDNS, truncates to what fits, signs. Pure. */
import { OPTION_CODES } from '../../../shared/dns/edns-options.ts'
import { encodeMessage, MAX_MESSAGE_BYTES } from '../../../shared/dns/encode.ts'
import type { Edns, EdnsOption, Message } from '../../../shared/dns/message.ts'
import { MAX_UDP_BYTES, needsPadding, paddingFor, responseOptions, udpPayloadSize } from '../edns/edns.ts'
import type { Query } from './query.ts'

export interface WriteOptions {
  /** The name of the server (NSID, RFC 5001); '' for none. */
  readonly nsid: string
  /** Limits UDP responses to clients that are not trusted to a multiple of the query's length; 0: no limit. */
  readonly amplification: number
}

const DEFAULT_OPTIONS: WriteOptions = { nsid: '', amplification: 0 }

/** Writes the response to a query: with EDNS only if the query has it (RFC 6891, section 6.1.1), signed if the query is. */
export function writeResponse(query: Query, response: Message, options = DEFAULT_OPTIONS): Buffer {
  const { signer } = query.auth
  const limit = limitFor(query, options.amplification) - (signer?.length ?? 0)
  const bytes = writeUnsigned(query, response, options.nsid, limit)
  return signer ? signer.sign(bytes) : bytes
}

function writeUnsigned(query: Query, response: Message, nsid: string, limit: number): Buffer {
  const { edns } = query.message
  if (!edns) return encodeMessage(response.edns ? { ...response, edns: undefined } : response, limit)
  const write = (options: readonly EdnsOption[]) => encodeMessage({ ...response, edns: ednsOf(edns, options) }, limit)
  const options = [...responseOptions(query, nsid), ...(response.edns?.options ?? [])]
  const bytes = write(options)
  // If the options alone do not fit, only the cookie remains: with it the client can get the full answer.
  if (bytes.length > limit) return write(options.filter(({ code }) => code === OPTION_CODES.COOKIE))
  return needsPadding(query) ? write([...options, paddingFor(bytes.length, limit)]) : bytes
}

function ednsOf({ dnssecOk }: Edns, options: readonly EdnsOption[]): Edns {
  return { version: 0, udpPayloadSize: MAX_UDP_BYTES, dnssecOk, options }
}

/** A longer response is truncated; TC makes the client repeat the query over TCP. */
function limitFor(query: Query, amplification: number): number {
  if (query.client.transport !== 'udp') return MAX_MESSAGE_BYTES
  const payload = udpPayloadSize(query.message)
  return amplification > 0 && !query.trusted ? Math.min(payload, amplification * query.bytes.length) : payload
}
