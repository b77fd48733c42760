/** Writes the head of an HTTP/1.1 response (RFC 9112, section 4) as text. Pure. */
import { type Body, isStreamed, type Response, reasonPhrase } from '../response/response.ts'

/** A handler passed text unchecked that would break the message. */
export class InvalidResponse extends Error {
  override readonly name = 'InvalidResponse'
}

/** How the body of a response ends. */
export type ResponseFraming = 'none' | 'length' | 'chunked' | 'until-close'

export interface HeadOptions {
  /** The value of the Date field. */
  readonly date: string
  /** Seconds for the Keep-Alive field; undefined if the connection closes after the response. */
  readonly keepAlive: number | undefined
  readonly framing: ResponseFraming
}

/** The bytes of a field value: no controls but the tab, and no character above latin1 (RFC 9110, section 5.5). */
const FIELD_VALUE = /^[\t -~\x80-\xff]*$/
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Fields about the connection, which the connection itself writes. */
const CONNECTION_FIELDS = new Set(['connection', 'keep-alive', 'transfer-encoding'])

/**
 * Returns the head with the empty line after it.
 *
 * @throws InvalidResponse if a field would break the message
 */
export function serializeHead(response: Response, { date, keepAlive, framing }: HeadOptions): string {
  const { status, headers, body } = response
  let head = `HTTP/1.1 ${status} ${checkValue('reason', response.reason ?? reasonPhrase(status))}\r\n`
  let hasDate = false
  let options = ''
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string
    const key = name.toLowerCase()
    if (CONNECTION_FIELDS.has(key)) continue
    if (key === 'date') hasDate = true
    // RFC 9110, section 7.8: a sender of Upgrade also sends this option.
    if (key === 'upgrade') options = 'upgrade, '
    if (!FIELD_NAME.test(name))
      throw new InvalidResponse(`a response has an invalid field name: ${JSON.stringify(name)}`)
    head += `${name}: ${checkValue(name, headers[index + 1] as string)}\r\n`
  }
  if (framing === 'length' && fieldOf(response, 'content-length') === undefined) {
    head += `Content-Length: ${lengthOf(body)}\r\n`
  }
  if (framing === 'chunked') head += 'Transfer-Encoding: chunked\r\n'
  if (!hasDate) head += `Date: ${date}\r\n`
  const connection = keepAlive === undefined ? 'close' : `keep-alive\r\nKeep-Alive: timeout=${keepAlive}`
  return `${head}Connection: ${options}${connection}\r\n\r\n`
}

/** Returns the value of a field of a response; undefined if there is none. */
export function fieldOf({ headers }: Response, lowerCaseName: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string
    if (name.length === lowerCaseName.length && name.toLowerCase() === lowerCaseName) return headers[index + 1]
  }
  return undefined
}

/**
 * Returns how the body of a response ends (RFC 9112, section 6.3).
 *
 * @param isHttp11 false for a client that does not know the chunked coding
 */
export function responseFraming(response: Response, method: string, isHttp11: boolean): ResponseFraming {
  const { status, body } = response
  if (status < 200 || status === 204 || status === 304) return 'none'
  if (method === 'HEAD' && (body === undefined || isStreamed(body))) return 'none'
  if (!isStreamed(body) || fieldOf(response, 'content-length') !== undefined) return 'length'
  return isHttp11 ? 'chunked' : 'until-close'
}

function lengthOf(body: Body | undefined): number {
  if (body === undefined || isStreamed(body)) return 0
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length
}

function checkValue(name: string, value: string): string {
  if (!FIELD_VALUE.test(value))
    throw new InvalidResponse(`a response has an invalid value of ${name}: ${JSON.stringify(value)}`)
  return value
}

/** Writes trailer fields with the last chunk (RFC 9112, sections 7.1 and 7.1.2). */
export function serializeLastChunk(trailers: readonly string[] = []): string {
  let section = '0\r\n'
  for (let index = 0; index < trailers.length; index += 2) {
    const [name = '', value = ''] = trailers.slice(index, index + 2)
    if (!FIELD_NAME.test(name))
      throw new InvalidResponse(`a response has an invalid trailer name: ${JSON.stringify(name)}`)
    section += `${name}: ${checkValue(name, value)}\r\n`
  }
  return `${section}\r\n`
}
