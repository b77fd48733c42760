/** Parses what the server sent on a connection, strictly: a byte that does not belong to a response is an error. Pure. */
import { TYPE } from '../../servers/http/http2/frames.ts'

export interface ReceivedResponse {
  readonly status: number
  readonly fields: ReadonlyMap<string, readonly string[]>
}

export interface Received {
  /** The final responses, and 101. */
  readonly responses: readonly ReceivedResponse[]
  /** True if the last response is incomplete. */
  readonly isTruncated: boolean
}

export interface ParseOptions {
  /** The methods of the requests, if they are known: the response to HEAD has no body. */
  readonly methods: readonly string[] | undefined
  /** True if an unknown request may have been HEAD. */
  readonly mayBeHead: boolean
}

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d) [\t -~\x80-\xff]*$/
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): ?([\t -~\x80-\xff]*)$/
/** Fields of which a response has at most one (RFC 9110). */
const SINGLE = ['age', 'content-length', 'content-range', 'content-type', 'date', 'etag', 'last-modified', 'location']

export class InvalidResponse extends Error {
  override readonly name = 'InvalidResponse'
}

/** @throws InvalidResponse if the bytes are not responses */
export function parseResponses(bytes: Buffer, options: ParseOptions): Received {
  const responses: ReceivedResponse[] = []
  let position = 0
  while (position < bytes.length) {
    const head = parseHead(bytes, position)
    if (!head) return { responses, isTruncated: true }
    const { status, fields } = head
    position = head.end
    if (status < 200 && status !== 101) continue
    checkFinal(head)
    const method = options.methods?.[responses.length]
    responses.push({ status, fields })
    if (status === 101) return { responses, isTruncated: parseWebSocket(bytes.subarray(position)) }
    const isHead = options.methods ? method === 'HEAD' : options.mayBeHead && startsResponse(bytes, position)
    const end = isHead ? position : bodyEnd(bytes, position, head)
    if (end === undefined) return { responses, isTruncated: true }
    position = end
    if (fields.get('connection')?.includes('close') && position < bytes.length) {
      throw new InvalidResponse(`bytes after a response with "Connection: close": ${quote(bytes, position)}`)
    }
  }
  return { responses, isTruncated: false }
}

interface ParsedHead extends ReceivedResponse {
  /** The position after the head. */
  readonly end: number
}

function parseHead(bytes: Buffer, start: number): ParsedHead | undefined {
  const end = bytes.indexOf('\r\n\r\n', start, 'latin1')
  if (end === -1) {
    if (startsResponse(bytes, start)) return undefined
    throw new InvalidResponse(`this is not the start of a response: ${quote(bytes, start)}`)
  }
  const [statusLine = '', ...lines] = bytes.toString('latin1', start, end).split('\r\n')
  const status = Number(STATUS_LINE.exec(statusLine)?.[1])
  if (Number.isNaN(status)) throw new InvalidResponse(`invalid status line: ${JSON.stringify(statusLine)}`)
  const fields = new Map<string, string[]>()
  for (const line of lines) {
    const [, name = '', value = ''] = FIELD_LINE.exec(line) ?? []
    if (name === '') throw new InvalidResponse(`invalid field line: ${JSON.stringify(line)}`)
    const key = name.toLowerCase()
    fields.set(key, [...(fields.get(key) ?? []), value])
  }
  return { status, fields, end: end + 4 }
}

function startsResponse(bytes: Buffer, position: number): boolean {
  return 'HTTP/1.1 '.startsWith(bytes.toString('latin1', position, position + 9))
}

function checkFinal({ status, fields }: ReceivedResponse): void {
  const repeated = SINGLE.find(name => (fields.get(name)?.length ?? 0) > 1)
  if (repeated) throw new InvalidResponse(`a response of ${status} repeats ${repeated}: ${fields.get(repeated)}`)
  if (status !== 101 && !fields.has('date')) throw new InvalidResponse(`a response of ${status} has no Date`)
  const hasLength = fields.has('content-length')
  const hasCoding = fields.has('transfer-encoding')
  if (hasLength && hasCoding) throw new InvalidResponse('a response has Content-Length and Transfer-Encoding')
  if ((status < 200 || status === 204) && (hasLength || hasCoding)) {
    throw new InvalidResponse(`a response of ${status} has Content-Length or Transfer-Encoding`)
  }
}

/** Returns the position after the body; undefined if it is incomplete. */
function bodyEnd(bytes: Buffer, start: number, { status, fields }: ReceivedResponse): number | undefined {
  if (status === 101 || status === 204 || status === 304) return start
  if (fields.has('transfer-encoding')) return chunkedEnd(bytes, start)
  const [length] = fields.get('content-length') ?? []
  if (length === undefined) {
    if (fields.get('connection')?.includes('close')) return bytes.length
    throw new InvalidResponse(`a response of ${status} has no length, and the connection stays open`)
  }
  if (!/^\d{1,15}$/.test(length)) throw new InvalidResponse(`invalid Content-Length: ${length}`)
  const end = start + Number(length)
  return end <= bytes.length ? end : undefined
}

function chunkedEnd(bytes: Buffer, start: number): number | undefined {
  for (let position = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', position, 'latin1')
    if (lineEnd === -1) return undefined
    const line = bytes.toString('latin1', position, lineEnd)
    if (!/^[0-9a-f]{1,8}$/i.test(line)) throw new InvalidResponse(`invalid size of a chunk: ${JSON.stringify(line)}`)
    const size = Number.parseInt(line, 16)
    if (size === 0) return trailersEnd(bytes, lineEnd + 2)
    position = lineEnd + 2 + size
    if (position + 2 > bytes.length) return undefined
    if (bytes.toString('latin1', position, position + 2) !== '\r\n') {
      throw new InvalidResponse(`no CRLF after a chunk of ${size}: ${quote(bytes, position)}`)
    }
    position += 2
  }
}

function trailersEnd(bytes: Buffer, start: number): number | undefined {
  for (let position = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', position, 'latin1')
    if (lineEnd === -1) return undefined
    const line = bytes.toString('latin1', position, lineEnd)
    if (line === '') return lineEnd + 2
    if (!FIELD_LINE.test(line)) throw new InvalidResponse(`invalid trailer: ${JSON.stringify(line)}`)
    position = lineEnd + 2
  }
}

/** Checks the frames of a WebSocket server (RFC 6455, section 5.2). Returns true if the last one is incomplete. */
function parseWebSocket(bytes: Buffer): boolean {
  let position = 0
  while (position + 2 <= bytes.length) {
    const [first = 0, second = 0] = bytes.subarray(position, position + 2)
    if ((first & 0x70) !== 0 || ![0, 1, 2, 8, 9, 10].includes(first & 0x0f) || second > 0x7f) {
      throw new InvalidResponse(`invalid WebSocket frame: ${quote(bytes, position)}`)
    }
    const head = second === 126 ? 4 : second === 127 ? 10 : 2
    if (position + head > bytes.length) return true
    const length = second === 126 ? bytes.readUInt16BE(position + 2) : second
    position += head + (second === 127 ? Number(bytes.readBigUInt64BE(position + 2)) : length)
  }
  return position !== bytes.length
}

/** Checks the frames of an HTTP/2 server (RFC 9113, section 4.1). The last one may be incomplete. */
export function checkFrames(bytes: Buffer): void {
  for (const { type, position } of frames(bytes)) {
    const isValid = position === 0 ? type === TYPE.SETTINGS : type <= 9 && type !== TYPE.PUSH_PROMISE
    if (!isValid) throw new InvalidResponse(`invalid HTTP/2 frame of type ${type}: ${quote(bytes, position)}`)
  }
}

/** True if an HTTP/2 server has sent GOAWAY. */
export function hasGoaway(bytes: Buffer): boolean {
  return [...frames(bytes)].some(({ type }) => type === TYPE.GOAWAY)
}

function* frames(bytes: Buffer): Generator<{ readonly type: number; readonly position: number }> {
  for (let position = 0; position + 9 <= bytes.length; position += 9 + bytes.readUIntBE(position, 3)) {
    yield { type: bytes.readUInt8(position + 3), position }
  }
}

function quote(bytes: Buffer, position: number): string {
  return JSON.stringify(bytes.toString('latin1', position, position + 60))
}
