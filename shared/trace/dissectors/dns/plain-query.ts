/** Recognizes the queries that most clients send, without decoding them. Pure. */
import { HEADER_BYTES } from '../../../dns/decode.ts'
import { MAX_LABEL_BYTES, MAX_NAME_BYTES } from '../../../dns/name.ts'

/** A type and a class. */
const QUESTION_TAIL_BYTES = 4
/** RFC 6891, section 6.1.2: the root as owner, the type, payload size, extended rcode and flags, and no options. */
const EMPTY_OPT_BYTES = 11
const OPT = 41

/**
 * Returns true for a query with one uncompressed question, and with an OPT record without options or no other record. The
 * decoder accepts each of them. Returns false for every other message, valid or not.
 */
export function isPlainQuery(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_BYTES || !hasPlainHeader(bytes)) return false
  const end = endOfName(bytes)
  if (end === undefined) return false
  const questionEnd = end + QUESTION_TAIL_BYTES
  if (bytes[11] === 0) return bytes.length === questionEnd
  return bytes.length === questionEnd + EMPTY_OPT_BYTES && isEmptyOpt(bytes, questionEnd)
}

/** A query (RFC 1035, section 4.1.1: QR and OPCODE are 0) with one question and at most one additional record. */
function hasPlainHeader(bytes: Uint8Array): boolean {
  const isQuery = (Number(bytes[2]) & 0xf8) === 0
  const hasOneQuestion = bytes[4] === 0 && bytes[5] === 1
  const hasNoRecords = bytes[6] === 0 && bytes[7] === 0 && bytes[8] === 0 && bytes[9] === 0
  return isQuery && hasOneQuestion && hasNoRecords && bytes[10] === 0 && Number(bytes[11]) <= 1
}

/** Returns the offset after the name of the question; undefined if it is compressed, too long or incomplete. */
function endOfName(bytes: Uint8Array): number | undefined {
  let at = HEADER_BYTES
  for (let length = bytes[at]; length !== 0; length = bytes[at]) {
    if (length === undefined || length > MAX_LABEL_BYTES) return undefined
    at += 1 + length
  }
  return at + 1 - HEADER_BYTES > MAX_NAME_BYTES ? undefined : at + 1
}

function isEmptyOpt(bytes: Uint8Array, at: number): boolean {
  const hasRootName = bytes[at] === 0
  const hasType = bytes[at + 1] === 0 && bytes[at + 2] === OPT
  return hasRootName && hasType && bytes[at + 9] === 0 && bytes[at + 10] === 0
}
