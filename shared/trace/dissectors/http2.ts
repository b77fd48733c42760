/**
 * Describes HTTP/2 (RFC 9113) for the trace. node:http2 reads the frames and decompresses the header sections, so there are no
 * bytes to dissect: the server passes the fields of each request and response. Pure.
 */
import { type Direction, type Dissected, singleLine } from '../dissector.ts'
import { type Description, lazyMessage } from '../lazy-message.ts'
import { SECRET_FIELDS } from './http/mask-head.ts'

/** Fields by name, with the pseudo-header fields (`:method`, `:status`). */
export type Http2Fields = Readonly<Record<string, string | number | readonly string[] | undefined>>

/**
 * Describes the header section of a stream. Client streams have odd numbers (section 5.1.1); exchanges count from 1.
 *
 * @param fields are kept until a listener reads the event, so they must not change
 */
export function describeHttp2(direction: Direction, streamId: number, fields: Http2Fields): Dissected {
  const message = { kind: 'message', direction, exchange: (streamId + 1) / 2, size: sizeOf(fields) } as const
  return lazyMessage(message, fields, direction === 'request' ? describeRequestFields : describeResponseFields)
}

function describeRequestFields(fields: Http2Fields): Description {
  return { summary: singleLine(describeRequest(fields)), bytes: maskedBytes(fields) }
}

function describeResponseFields(fields: Http2Fields): Description {
  return { summary: singleLine(describeResponse(fields)), bytes: maskedBytes(fields) }
}

function maskedBytes(fields: Http2Fields): Buffer {
  return Buffer.from(Object.entries(fields).flatMap(lineOf).join(''), 'latin1')
}

/** The number of bytes of the lines. The bytes on the wire are compressed. */
function sizeOf(fields: Http2Fields): number {
  let size = 0
  for (const name in fields) {
    const value = fields[name]
    if (Array.isArray(value)) for (const item of value) size += sizeOfLine(name, item)
    else if (value !== undefined) size += sizeOfLine(name, String(value))
  }
  return size
}

function sizeOfLine(name: string, value: string): number {
  return name.length + ': '.length + value.length + '\r\n'.length
}

function describeRequest({ ':method': method, ':path': path, ':authority': authority = '' }: Http2Fields): string {
  // CONNECT has an authority and no path (section 8.5).
  return `${method} ${path ?? authority} HTTP/2`
}

function describeResponse(fields: Http2Fields): string {
  const { ':status': status, 'content-type': type, 'content-length': length } = fields
  const content = [type, length === undefined ? undefined : `${length} bytes`].filter(part => part !== undefined)
  return `HTTP/2 ${status}${content.length === 0 ? '' : ` (${content.join(', ')})`}`
}

function lineOf([name, value]: [string, Http2Fields[string]]): string[] {
  const values = Array.isArray(value) ? value : [value]
  return values.flatMap(text => (text === undefined ? [] : [`${name}: ${SECRET_FIELDS.has(name) ? '***' : text}\r\n`]))
}
