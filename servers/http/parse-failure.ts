/** What to answer to bytes that node's parser refused: the status, from its error code and the bytes themselves. Pure. */
import { type Answer, page, REASONS } from './answer.ts'
import { MAX_HEAD_BYTES, MAX_TARGET_BYTES } from './limits.ts'

/** What node tells of a connection that failed before it became a request. */
export interface ParseFailure {
  readonly code?: string | undefined
  /** The bytes that were being parsed; there may have been others before. */
  readonly rawPacket?: Uint8Array | undefined
  /** How far into them the parser came. */
  readonly bytesParsed?: number | undefined
}

const DETAILS: Readonly<Record<number, string>> = {
  400: 'This is not an HTTP request.',
  408: 'The request did not arrive in time.',
  413: 'A chunk extension is too long.',
  414: `The request target is longer than ${MAX_TARGET_BYTES} bytes.`,
  431: `The head of the request is longer than ${MAX_HEAD_BYTES} bytes.`,
  501: 'This server does not know that method.',
  505: 'This server speaks HTTP/1.1 and HTTP/1.0.',
}

const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_PAUSED_H2_UPGRADE: 505,
}

// RFC 9112, section 3. The parser refuses methods it has never heard of; well formed, they deserve 501 and not 400.
const REQUEST_LINE = /^(?<method>[!#$%&'*+\-.^_`|~0-9A-Za-z]+) \S+ HTTP\/(?<version>\d\.\d)\r\n/

const LONG_TARGET = new RegExp(`^[^ \\r\\n]+ [^ \\r\\n]{${MAX_TARGET_BYTES + 1}}`)

/** The answer to a failed parse. */
export function answerToFailure(failure: ParseFailure): Answer {
  const status = STATUS_BY_CODE[failure.code ?? ''] ?? statusFromBytes(failure)
  return page(status, String(DETAILS[status]), ['Connection', 'close'])
}

function statusFromBytes(failure: ParseFailure): number {
  const head = failedHead(failure)
  if (failure.code === 'HPE_HEADER_OVERFLOW') return LONG_TARGET.test(head) ? 414 : 431
  const line = REQUEST_LINE.exec(head)?.groups
  if (line === undefined) return 400
  if (failure.code === 'HPE_INVALID_METHOD') return 501
  return failure.code === 'HPE_INVALID_VERSION' && !/^1\.[01]$/.test(String(line.version)) ? 505 : 400
}

/** The head that could not be parsed: what follows the last complete one (requests may come many in a packet). */
function failedHead({ rawPacket, bytesParsed = 0 }: ParseFailure): string {
  const text = Buffer.from(rawPacket ?? []).toString('latin1')
  const before = text.lastIndexOf('\r\n\r\n', bytesParsed - 4)
  return text.slice(before === -1 ? 0 : before + 4).trimStart()
}

/** An answer as bytes, for a connection that has no response object. */
export function rawAnswer({ status, headers, body }: Answer, date: string): Uint8Array {
  const fields = ['Date', date, ...headers]
  const lines = [`HTTP/1.1 ${status} ${REASONS[status]}`]
  for (let index = 0; index < fields.length; index += 2) lines.push(`${fields[index]}: ${fields[index + 1]}`)
  const content = typeof body === 'string' || body instanceof Uint8Array ? body : ''
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(content as string)])
}
