/** Chooses the response to bytes that node's parser rejected, from the error code and the bytes. Pure. */
import { MAX_HEAD_BYTES, MAX_TARGET_BYTES } from '../limits.ts'
import { type Response, textResponse } from '../response/response.ts'

/** The argument of node's `clientError` event. */
export interface ParseError {
  readonly code?: string | undefined
  /** The chunk that failed to parse; earlier chunks are not included. */
  readonly rawPacket?: Uint8Array | undefined
  /** Number of bytes of the chunk that the parser accepted. */
  readonly bytesParsed?: number | undefined
}

const DETAIL_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'This is not an HTTP request.',
  408: 'The request did not arrive in time.',
  413: 'A chunk extension is too long.',
  414: `The request target is longer than ${MAX_TARGET_BYTES} bytes.`,
  431: `The head of the request is longer than ${MAX_HEAD_BYTES} bytes.`,
  501: 'This server does not know that method.',
  505: 'This server speaks HTTP/1.1 and HTTP/1.0.',
}

const STATUS_BY_ERROR_CODE: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_PAUSED_H2_UPGRADE: 505,
}

// RFC 9112, section 3. The parser rejects an unknown method; if it is well-formed, the response is 501 instead of 400.
const REQUEST_LINE = /^(?<method>[!#$%&'*+\-.^_`|~0-9A-Za-z]+) \S+ HTTP\/(?<version>\d\.\d)\r\n/

const LONG_TARGET = new RegExp(`^[^ \\r\\n]+ [^ \\r\\n]{${MAX_TARGET_BYTES + 1}}`)

export function responseToParseError(error: ParseError): Response {
  const status = STATUS_BY_ERROR_CODE[error.code ?? ''] ?? statusFromBytes(error)
  return textResponse(status, String(DETAIL_BY_STATUS[status]), ['Connection', 'close'])
}

function statusFromBytes(error: ParseError): number {
  const head = malformedHead(error)
  if (error.code === 'HPE_HEADER_OVERFLOW') return LONG_TARGET.test(head) ? 414 : 431
  const line = REQUEST_LINE.exec(head)?.groups
  if (line === undefined) return 400
  if (error.code === 'HPE_INVALID_METHOD') return 501
  return error.code === 'HPE_INVALID_VERSION' && !/^1\.[01]$/.test(String(line.version)) ? 505 : 400
}

/** Returns the bytes after the last complete head, because one chunk may contain several requests. */
function malformedHead({ rawPacket, bytesParsed = 0 }: ParseError): string {
  const text = Buffer.from(rawPacket ?? []).toString('latin1')
  const before = text.lastIndexOf('\r\n\r\n', bytesParsed - 4)
  return text.slice(before === -1 ? 0 : before + 4).trimStart()
}
