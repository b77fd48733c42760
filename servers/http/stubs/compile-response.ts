/** Converts the response of a stub to what the server sends: the parts that are the same for every request once. Pure. */
import { errorText, UsageError } from '../../../shared/errors.ts'
import { FORBIDDEN_TRAILERS } from '../response/forbidden-trailers.ts'
import type { Response } from '../response/response.ts'
import { MAX_RESPONSE_BYTES } from './limits.ts'
import { StubStream } from './stub-body.ts'
import type { Chunk, StubResponse } from './stub-response.ts'

export interface CompiledResponse {
  /** Milliseconds before the response. */
  readonly delay: number
  /** Bytes in memory. */
  readonly size: number
  /**
   * Creates the response to one request.
   *
   * @throws UsageError if only a response to HEAD can have its Content-Length
   */
  create(method: string): Response
}

type Chunks = AsyncIterable<Chunk> | readonly Chunk[]

/** The body of a response and its media type. */
type Content =
  | { readonly kind: 'none' }
  | { readonly kind: 'whole'; readonly type: string; readonly bytes: Uint8Array }
  | { readonly kind: 'stream'; readonly type: string; readonly size: number; readonly open: () => Chunks }

const OCTETS = 'application/octet-stream'
const TEXT = 'text/plain; charset=utf-8'

const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** No controls but the tab, and no character above latin1 (RFC 9110, section 5.5). */
const FIELD_VALUE = /^[\t -~\x80-\xff]*$/
/** The connection writes them. */
const CONNECTION_FIELDS = ['transfer-encoding', 'keep-alive', 'proxy-connection']

/**
 * Compiles a response.
 *
 * @throws UsageError if its parts contradict each other, or a field is invalid
 */
export function compileResponse(given: number | StubResponse): CompiledResponse {
  const response: StubResponse = typeof given === 'number' ? { status: given } : given
  const { status = 200, reason, delay = 0, abort = false } = response
  const content = contentOf(response)
  if (content.kind !== 'none' && [204, 205, 304].includes(status)) {
    throw new UsageError(`a response with the status ${status} has no body`)
  }
  if (reason !== undefined) checkValue('reason', reason)
  const trailers = trailersOf(response)
  const headers = headersOf(response, content)
  const head = { status, headers, ...(reason !== undefined && { reason }) }
  const ending = { breaks: abort, trailers, length: declaredLength(response, content) }
  const size = content.kind === 'whole' ? content.bytes.length : content.kind === 'stream' ? content.size : 0
  return { delay, size, create: method => createResponse(head, content, { ...ending, method }) }
}

interface Ending {
  readonly breaks: boolean
  readonly trailers: readonly string[]
  /** The Content-Length field. */
  readonly length: number | undefined
  /** The method of the request. */
  readonly method: string
}

function createResponse(head: Response, content: Content, { breaks, trailers, length, method }: Ending): Response {
  if (content.kind === 'none' && breaks) return { ...head, abort: true }
  if (content.kind === 'none' && length && method !== 'HEAD' && head.status !== 304) {
    // The client would take the next response for the body.
    throw new UsageError(`headers: content-length ${length} needs a body, as the request is not HEAD`)
  }
  if (content.kind === 'none' && trailers.length === 0) return head
  if (content.kind === 'whole' && !breaks && trailers.length === 0) return { ...head, body: content.bytes }
  const chunks = content.kind === 'stream' ? content.open() : content.kind === 'whole' ? [content.bytes] : []
  const body = new StubStream(chunks, { breaks, length })
  return trailers.length === 0 ? { ...head, body } : { ...head, body, trailers: () => trailers }
}

function contentOf({ json, body, base64 }: StubResponse): Content {
  if ([json, body, base64].filter(value => value !== undefined).length > 1) {
    throw new UsageError('the response has more than one of json, body and base64')
  }
  if (json !== undefined) return whole('application/json', toJson(json))
  if (base64 !== undefined) return whole(OCTETS, Buffer.from(base64, 'base64'))
  if (body === undefined) return { kind: 'none' }
  if (typeof body === 'string') return whole(TEXT, Buffer.from(body))
  // Copied, so that the program can use its buffer again.
  if (body instanceof Uint8Array) return whole(OCTETS, Buffer.from(body))
  if (typeof body === 'function') return { kind: 'stream', type: OCTETS, size: 0, open: body }
  if (Symbol.asyncIterator in body) return { kind: 'stream', type: OCTETS, size: 0, open: onlyOnce(body) }
  const chunks = [...body]
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  checkSize(size)
  const type = chunks.every(chunk => typeof chunk === 'string') ? TEXT : OCTETS
  return { kind: 'stream', type, size, open: () => chunks }
}

function whole(type: string, bytes: Uint8Array): Content {
  checkSize(bytes.length)
  return { kind: 'whole', type, bytes }
}

function checkSize(bytes: number): void {
  if (bytes <= MAX_RESPONSE_BYTES) return
  throw new UsageError(`the body is longer than ${MAX_RESPONSE_BYTES} bytes. Stream it: body: () => stream`)
}

function toJson(value: unknown): Uint8Array {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw new UsageError(`json cannot be written: ${errorText(cause)}`, { cause })
  }
  if (text === undefined) throw new UsageError(`json cannot be written: ${typeof value} is not JSON`)
  return Buffer.from(text)
}

/** A stream can be read once. */
function onlyOnce(chunks: AsyncIterable<Chunk>): () => Chunks {
  let isUsed = false
  return () => {
    if (isUsed) throw new UsageError('the stream of the body was sent already. Use a function: body: () => stream')
    isUsed = true
    return chunks
  }
}

function headersOf(response: StubResponse, content: Content): string[] {
  const fields = toFields('headers', response.headers)
  const names = fields.filter((_, index) => index % 2 === 0).map(name => name.toLowerCase())
  const reserved = names.find(name => CONNECTION_FIELDS.includes(name))
  if (reserved !== undefined) throw new UsageError(`headers: the connection writes ${reserved} itself`)
  const hasType = content.kind === 'none' || names.includes('content-type')
  return hasType ? fields : ['Content-Type', content.type, ...fields]
}

function trailersOf({ trailers }: StubResponse): string[] {
  const fields = toFields('trailers', trailers)
  const forbidden = Object.keys(trailers ?? {}).find(name => FORBIDDEN_TRAILERS.includes(name.toLowerCase()))
  if (forbidden === undefined) return fields
  throw new UsageError(`trailers: the client needs ${forbidden.toLowerCase()} before the body. Send it in headers`)
}

/** Returns the Content-Length field as a number; undefined if there is none. */
function declaredLength({ status, headers = {}, abort, trailers }: StubResponse, content: Content): number | undefined {
  const lengths = Object.entries(headers).filter(([name]) => name.toLowerCase() === 'content-length')
  const text = lengths[0]?.[1]
  if (text === undefined) return undefined
  if (lengths.length > 1) throw new UsageError('headers: content-length is given twice')
  // RFC 9110, section 8.6.
  if (status === 204) throw new UsageError('headers: a response with the status 204 has no content-length')
  if (!/^\d{1,15}$/.test(String(text))) throw new UsageError(`headers: content-length ${String(text)} is not a number`)
  if (trailers) throw new UsageError('headers: a response with trailers has no content-length')
  const length = Number(text)
  // The client would wait for bytes that are missing, or take others for the next response.
  if (content.kind === 'whole' && !abort && content.bytes.length !== length) {
    const size = content.bytes.length
    throw new UsageError(
      `headers: content-length ${length} is not the length of the body, ${size}. Use abort: true to end it early`,
    )
  }
  return length
}

/** Converts fields to name, value, name, value. */
function toFields(kind: string, given: StubResponse['headers'] = {}): string[] {
  return Object.entries(given).flatMap(([name, values]) => {
    if (!FIELD_NAME.test(name)) throw new UsageError(`${kind}: ${JSON.stringify(name)} is not a field name`)
    return [values].flat().flatMap(value => [name, checkValue(`${kind}: ${name}`, String(value))])
  })
}

function checkValue(place: string, value: string): string {
  if (FIELD_VALUE.test(value)) return value
  throw new UsageError(`${place}: ${JSON.stringify(value)} has a character that a field cannot have`)
}
