/** Finds the head of the next request in the bytes of a connection. Pure. */
import { MAX_HEAD_BYTES, MAX_TARGET_BYTES } from '../limits.ts'
import { TOKEN } from './grammar.ts'
import { MalformedRequest } from './malformed-request.ts'

/** The head as latin1, without its last two CRLF, and the position after it. */
export interface HeadText {
  readonly text: string
  readonly end: number
}

const CR = 0x0d
const LF = 0x0a

/** A longer method is unknown. */
export const MAX_METHOD_BYTES = 64

const METHOD = new RegExp(`^${TOKEN}$`)
const VERSION_BYTES = 'HTTP/1.1'.length

/** Roughly a request line; `parse-head.ts` has the exact rule. */
const REQUEST_LINE = /^[^ ]+ [^ ]+ HTTP\/\d\.\d$/
/** What an incomplete request line can look like. */
const START_OF_REQUEST_LINE = new RegExp(`^${TOKEN}(?: (?:[!-~]+(?: [HTP/0-9.]*\\r?)?)?)?$`)

/**
 * Returns undefined if the head is incomplete.
 *
 * @throws MalformedRequest if the head is too long, or cannot become a valid one
 */
export function takeHead(input: Buffer): HeadText | undefined {
  let start = 0
  // RFC 9112, section 2.2: a server ignores an empty line before a request.
  while (input[start] === CR && input[start + 1] === LF) start += 2
  const end = input.indexOf('\r\n\r\n', start, 'latin1')
  // The empty lines count: otherwise a client could send them without end.
  const size = end === -1 ? input.length : end
  if (size > MAX_HEAD_BYTES) throw tooLong(input, start)
  if (end !== -1) return { text: input.toString('latin1', start, end), end: end + 4 }
  checkIncomplete(input, start)
  return undefined
}

/** Returns the method of a head that is incomplete or invalid; empty if there is none. */
export function methodOf(start: string): string {
  return /^(?:\r\n)*([^ \r\n]+) /.exec(start)?.[1] ?? ''
}

/** Rejects at once what would otherwise wait for its end until the time is over. */
function checkIncomplete(input: Buffer, start: number): void {
  for (let position = input.indexOf(LF, start); position !== -1; position = input.indexOf(LF, position + 1)) {
    if (input[position - 1] !== CR || position === start) {
      throw new MalformedRequest(400, 'A line of the request ends with LF alone, not with CRLF.')
    }
  }
  const lineEnd = input.indexOf('\r\n', start, 'latin1')
  const line = input.toString('latin1', start, lineEnd === -1 ? input.length : lineEnd)
  const expected = lineEnd === -1 ? START_OF_REQUEST_LINE : REQUEST_LINE
  if (line !== '' && line !== '\r' && !expected.test(line)) {
    throw new MalformedRequest(400, 'This is not an HTTP request.')
  }
}

/** RFC 9112, section 3: what is too long decides the status. */
function tooLong(input: Buffer, start: number): MalformedRequest {
  const lineEnd = input.indexOf('\r\n', start, 'latin1')
  const [method = '', target = '', version = ''] = input
    .toString('latin1', start, Math.min(lineEnd === -1 ? input.length : lineEnd, start + MAX_HEAD_BYTES))
    .split(' ')
  if (!METHOD.test(method) || version.length > VERSION_BYTES) {
    return new MalformedRequest(400, 'This is not an HTTP request.')
  }
  if (method.length > MAX_METHOD_BYTES) {
    return new MalformedRequest(501, `This server knows no method of more than ${MAX_METHOD_BYTES} bytes.`)
  }
  return target.length > MAX_TARGET_BYTES
    ? new MalformedRequest(414, `The request target is longer than ${MAX_TARGET_BYTES} bytes.`)
    : new MalformedRequest(431, `The head of the request is longer than ${MAX_HEAD_BYTES} bytes.`)
}
