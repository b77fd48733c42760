/** What a person writes where a URL is wanted, and what comes of it. Pure. */

import { UsageError } from '../../shared/errors.ts'
import { hostOf } from '../../shared/net/address.ts'

/** What a request is for, and where to find who has it. */
export interface ParsedUrl {
  /** Undefined for a bare path: the running suite's own server. */
  readonly host: string | undefined
  /** Undefined where the URL names none. */
  readonly port: number | undefined
  /** Path and query, as they go into the request. */
  readonly target: string
  /** The value of an Authorization field, where the URL names a user. */
  readonly authorization: string | undefined
}

/** A scheme with its slashes; `localhost:8080` is a host with a port, although it could be a scheme with a path. */
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//

/**
 * Reads `http://host:port/path`, the same without its scheme, or `/path` on the running suite.
 *
 * @throws UsageError for what is none of them, for schemes other than http, and for a user that cannot be decoded
 */
export function parseUrl(text: string): ParsedUrl {
  const isPath = /^\/(?!\/)/.test(text)
  if (text.startsWith('//')) throw noUrl(text)
  const url = readUrl(isPath ? `http://suite${text}` : SCHEME.test(text) ? text : `http://${text}`, text)
  if (url.protocol !== 'http:') {
    throw new UsageError(`${JSON.stringify(text)}: the http client speaks http:// only, not ${url.protocol}//`)
  }
  return {
    host: isPath ? undefined : hostOf(url),
    port: portOf(url, text),
    target: `${url.pathname}${url.search}`,
    authorization: authorizationOf(url, text),
  }
}

function readUrl(text: string, given: string): URL {
  if (URL.canParse(text)) return new URL(text)
  throw noUrl(given)
}

function noUrl(given: string): UsageError {
  return new UsageError(`${JSON.stringify(given)} is no URL; it looks like http://www.fourwire.test/ or /healthz`)
}

/** `URL` drops the scheme's own port, but here it matters whether it was written: without a port, SRV is asked. */
function portOf(url: URL, text: string): number | undefined {
  if (url.port !== '') return Number(url.port)
  return /^(?:http:\/\/)?[^/?#]*:0*80(?=[/?#]|$)/i.test(text) ? 80 : undefined
}

/** RFC 7617: user and password of a URL are for the Basic scheme, and are not sent in the URL itself. */
function authorizationOf({ username, password }: URL, text: string): string | undefined {
  if (username === '' && password === '') return undefined
  const credentials = `${decode(username, text)}:${decode(password, text)}`
  return `Basic ${Buffer.from(credentials).toString('base64')}`
}

function decode(encoded: string, whole: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch (cause) {
    throw new UsageError(`${JSON.stringify(whole)} has a "%" that begins no character in UTF-8; "%" itself is %25`, {
      cause,
    })
  }
}

const METHOD = /^[A-Z][A-Z0-9-]*$/

/**
 * Reads the words of a command line, `[METHOD] URL`.
 *
 * @param otherwise the method where none was typed
 * @throws UsageError for words that are not that
 */
export function parseWords(words: readonly string[], otherwise: string): { method: string; url: string } {
  const [first = '', second] = words
  if (words.length > 2) throw new UsageError(`too many words: ${words.slice(2).join(' ')}; give [METHOD] URL`)
  if (second !== undefined) {
    if (!METHOD.test(first)) throw new UsageError(`${JSON.stringify(first)} is no method; methods look like GET or PUT`)
    return { method: first, url: second }
  }
  if (METHOD.test(first))
    throw new UsageError(`a URL is missing after ${first}, as in ${first} http://www.fourwire.test/`)
  return { method: otherwise, url: first }
}

/** Header fields to send, by name; a name can come with several values. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[]>>

/**
 * Reads fields as typed after -H, `Name: value` each.
 *
 * @throws UsageError for a name that is no token, or a value with a line ending in it (RFC 9110, section 5)
 */
export function parseHeaders(fields: readonly string[]): RequestHeaders {
  const headers = new Map<string, string[]>()
  for (const [name, value] of fields.map(parseHeader)) {
    const values = headers.get(name)
    if (values) values.push(value)
    else headers.set(name, [value])
  }
  return Object.fromEntries(headers)
}

function parseHeader(text: string): readonly [name: string, value: string] {
  const { name, value } = /^(?<name>[!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(?<value>[^\r\n\0]*)$/.exec(text)?.groups ?? {}
  if (name === undefined || value === undefined) {
    throw new UsageError(`${JSON.stringify(text)} is no header field; it looks like 'Accept: text/plain'`)
  }
  return [name, value]
}
