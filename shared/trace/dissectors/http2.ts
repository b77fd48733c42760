/**
 * Describes HTTP/2 (RFC 9113) for the trace. node:http2 reads the frames and decompresses the header sections, so there are no
 * bytes to dissect: the server passes the fields of each request and response. Pure.
 */
import { type Direction, type Dissected, type Dissector, MAX_EVENT_BYTES, singleLine } from '../dissector.ts'
import { SECRET_FIELDS } from './http/head.ts'

/** Fields by name, with the pseudo-header fields (`:method`, `:status`). */
export type Http2Fields = Readonly<Record<string, string | number | readonly string[] | undefined>>

/** Emits nothing: the bytes are frames. */
export function http2Dissector(): Dissector {
  return { push: () => [], end: () => [] }
}

/** Describes the header section of a stream. Client streams have odd numbers (section 5.1.1); exchanges count from 1. */
export function describeHttp2(direction: Direction, streamId: number, fields: Http2Fields): Dissected {
  const head = Buffer.from(`${Object.entries(fields).flatMap(lineOf).join('\r\n')}\r\n`, 'latin1')
  return {
    kind: 'message',
    direction,
    exchange: (streamId + 1) / 2,
    summary: singleLine(direction === 'request' ? describeRequest(fields) : describeResponse(fields)),
    bytes: head.subarray(0, MAX_EVENT_BYTES),
    size: head.length,
  }
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
  return values.flatMap(text => (text === undefined ? [] : [`${name}: ${SECRET_FIELDS.has(name) ? '***' : text}`]))
}
