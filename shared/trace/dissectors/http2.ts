/**
 * What is told of HTTP/2 (RFC 9113). Its frames are the library's own affair, header compression and all, so there are no
 * bytes to dissect: whoever serves a stream says which fields were sent and received, and they are told as one message.
 */
import type { Dissected, Dissector } from '../dissector.ts'
import { type Direction, MAX_EVENT_BYTES, singleLine } from '../dissector.ts'
import { SECRET_FIELDS } from './http/head.ts'

/** Names and values, the pseudo-header fields (`:method`, `:status`) among them. */
export type Http2Fields = Readonly<Record<string, string | number | readonly string[] | undefined>>

/** Finds nothing in the bytes: they are frames. */
export function http2Dissector(): Dissector {
  return { push: () => [], end: () => [] }
}

/** A stream's head as a message; streams of clients have odd numbers (section 5.1.1), exchanges are counted from 1. */
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
  // CONNECT names a host in the place of a path (RFC 9113, section 8.5).
  return `${method} ${path ?? authority} HTTP/2`
}

function describeResponse(fields: Http2Fields): string {
  const { ':status': status, 'content-type': type, 'content-length': length } = fields
  const content = [type, length === undefined ? undefined : `${length} bytes`].filter(part => part !== undefined)
  return `HTTP/2 ${status}${content.length === 0 ? '' : ` (${content.join(', ')})`}`
}

function lineOf([name, value]: [string, Http2Fields[string]]): string[] {
  const values = Array.isArray(value) ? value : [value]
  return values.flatMap(one => (one === undefined ? [] : [`${name}: ${SECRET_FIELDS.has(name) ? '***' : one}`]))
}
