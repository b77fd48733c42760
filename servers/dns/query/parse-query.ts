/** Parses queries. Section counts are checked before anything is decoded, so that no query costs more than its answer. Pure. */
import type { Opcode } from '../../../shared/dns/codes.ts'
import { decodeHeader, HEADER_BYTES, readMessage } from '../../../shared/dns/decode.ts'
import { FormatError, type Message } from '../../../shared/dns/message.ts'
import { MAX_LABEL_BYTES } from '../../../shared/dns/name.ts'
import { WireReader } from '../../../shared/dns/wire-reader.ts'
import { emptyResponse } from './query.ts'

type SectionCounts = readonly [questions: number, answers: number, authorities: number, additionals: number]

/** An OPT record, a signature, and two records of future extensions. */
const MAX_ADDITIONALS = 4
/** More than nsupdate ever sends in one message; each costs about a microsecond to parse. */
const MAX_UPDATES = 1000
/** Other messages have a name, options and a signature: a tenth of this without padding (RFC 8467). */
const MAX_QUERY_BYTES = 8192

/** The largest section counts by opcode; other opcodes are not implemented. */
const MAX_COUNTS: Partial<Record<Opcode, SectionCounts>> = {
  // RFC 9619: at most one question. The authority section of an IXFR has the SOA of the client (RFC 1995, section 3).
  QUERY: [1, 0, 1, MAX_ADDITIONALS],
  // RFC 1996, section 3.7: the answer section can have the new SOA.
  NOTIFY: [1, 1, 0, MAX_ADDITIONALS],
  // RFC 2136, section 2: the zone, prerequisites, updates.
  UPDATE: [1, MAX_UPDATES, MAX_UPDATES, MAX_ADDITIONALS],
}

export type ParsedQuery =
  | { readonly kind: 'query'; readonly message: Message }
  | { readonly kind: 'rejected'; readonly response: Message }
  /** The message gets no response: it is shorter than a header, or is a response itself (two servers could respond endlessly). */
  | { readonly kind: 'ignored' }

/**
 * Parses the bytes of a query.
 *
 * @param reader reads these bytes
 */
export function parseQuery(bytes: Buffer, reader = new WireReader(bytes)): ParsedQuery {
  const header = decodeHeader(bytes)
  if (!header || header.response) return { kind: 'ignored' }
  const maxCounts = MAX_COUNTS[header.opcode]
  if (!maxCounts) return { kind: 'rejected', response: emptyResponse(header, 'NOTIMP') }
  const isTooLong = header.opcode !== 'UPDATE' && bytes.length > MAX_QUERY_BYTES
  if (isTooLong || maxCounts.some((max, section) => sectionCount(bytes, section) > max)) {
    return { kind: 'rejected', response: emptyResponse(header, 'FORMERR') }
  }
  try {
    const message = readMessage(reader)
    if (message.questions.length > 0 && isCompressed(bytes)) throw new FormatError('the question is compressed')
    return { kind: 'query', message }
  } catch (error) {
    if (error instanceof FormatError) return { kind: 'rejected', response: emptyResponse(header, 'FORMERR') }
    throw error
  }
}

/** True if the name of the question contains a pointer: there is no earlier name to point to. */
function isCompressed(bytes: Buffer): boolean {
  let at = HEADER_BYTES
  for (let length = bytes.readUInt8(at); length > 0 && length <= MAX_LABEL_BYTES; length = bytes.readUInt8(at))
    at += 1 + length
  return bytes[at] !== 0
}

/** The last eight bytes of the header are the four counts. */
function sectionCount(bytes: Buffer, section: number): number {
  return bytes.readUInt16BE(HEADER_BYTES - 8 + 2 * section)
}
