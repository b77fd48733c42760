/** A response as a value: handlers create it, `http1/` and `http2/` write it. Pure. */
import type { Duplex } from 'node:stream'

export interface Response {
  readonly status: number
  /** Name, value, name, value: the format that is written fastest. */
  readonly headers: readonly string[]
  readonly body?: Body | undefined
  /** The sentence of a text response, for a handler that responds in another format. */
  readonly detail?: string | undefined
  /** The reason phrase, if it is not the usual one of the status. HTTP/2 has none. */
  readonly reason?: string
  /** The handler returns this object for many requests, so that its bytes on the wire are worth keeping. */
  readonly shared?: true
  /** Returns the trailer fields, name, value, name, value, when the body was sent. Only for a streamed body without Content-Length. */
  trailers?(): readonly string[]
  /**
   * Hands the connection over to another protocol: the function writes everything itself, the 101 response too. Only for a GET
   * request of HTTP/1.1 without a body; the response to any other one has the status and body of this object.
   *
   * @param head bytes that the client sent after the request
   */
  upgrade?(socket: Duplex, head: Uint8Array): void
  /** Ends the connection, or the stream of HTTP/2, without a response. */
  readonly abort?: true
}

export type Body = string | Uint8Array | StreamedBody

/** A body that is read while it is sent. Call `close` whether it was read or not. */
export interface StreamedBody {
  /** The bytes of a chunk may be overwritten when the next one is requested: it is requested when they were written. */
  chunks(): AsyncIterable<Uint8Array>
  close(): Promise<void>
  /** Ends a wait for the next chunk: the client has disconnected. */
  cancel?(): void
}

export function isStreamed(body: Body | undefined): body is StreamedBody {
  return typeof body === 'object' && 'chunks' in body
}

/** Closes the body of a response that is not sent. */
export async function closeBody({ body }: Response): Promise<void> {
  if (isStreamed(body)) await body.close()
}

const REASON_PHRASES: Readonly<Record<number, string>> = {
  101: 'Switching Protocols',
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  203: 'Non-Authoritative Information',
  204: 'No Content',
  206: 'Partial Content',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  418: "I'm a teapot",
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  507: 'Insufficient Storage',
}

/** Returns the words of a status: `Not Found`. */
export function reasonPhrase(status: number): string {
  return REASON_PHRASES[status] ?? String(status)
}

/** Creates a short text response: `404 Not Found` and one sentence of detail. */
export function textResponse(status: number, detail: string, headers: readonly string[] = []): Response {
  const content = `${status} ${reasonPhrase(status)}\n${detail}\n`
  return { ...contentResponse(status, 'text/plain; charset=utf-8', content, headers), detail }
}

/** Creates a JSON response, indented for people. */
export function jsonResponse(value: unknown): Response {
  const headers = ['Cache-Control', 'no-store']
  return contentResponse(200, 'application/json; charset=utf-8', `${JSON.stringify(value, undefined, 2)}\n`, headers)
}

/** Creates a response with content generated for this request. */
export function contentResponse(
  status: number,
  type: string,
  content: string,
  headers: readonly string[] = [],
): Response {
  const body = Buffer.from(content)
  return { status, headers: [...contentFields(type, body.length), ...headers], body }
}

/** Returns the header fields of every body. `nosniff` stops browsers from guessing another type than the declared one. */
export function contentFields(type: string, length: number): string[] {
  return ['Content-Type', type, 'Content-Length', String(length), 'X-Content-Type-Options', 'nosniff']
}
