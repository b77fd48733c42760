/** Parses the URL, method and header fields of a request. Pure. */
import { UsageError } from '../../shared/errors.ts'
import { hostOf } from '../../shared/net/address.ts'

export interface ParsedUrl {
  readonly scheme: 'http' | 'https'
  /** Undefined for a bare path, which is a path on the running suite. */
  readonly host: string | undefined
  /** Undefined if the URL has no port. */
  readonly port: number | undefined
  /** Path and query: the request target in origin-form. */
  readonly target: string
  /** The value of the Authorization field, if the URL has a user. */
  readonly authorization: string | undefined
}

/** Requires the slashes, because `localhost:8080` is a host and a port, not a scheme and a path. */
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//

/**
 * Parses `http://host:port/path`, the same with https or without a scheme, or `/path` on the running suite.
 *
 * @throws UsageError for another scheme, a malformed URL, or a user that cannot be percent-decoded
 */
export function parseUrl(text: string): ParsedUrl {
  const isPath = /^\/(?!\/)/.test(text)
  // `URL` would take the first name of the path of `http:///path` for a host.
  if (/^https?:\/\/\//i.test(text) || text.startsWith('//')) throw invalidUrl(text)
  const url = toUrl(isPath ? `http://suite${text}` : SCHEME.test(text) ? text : `http://${text}`, text)
  const scheme = SCHEMES[url.protocol]
  if (!scheme)
    throw new UsageError(`${JSON.stringify(text)}: unsupported scheme ${url.protocol}//. Use http:// or https://`)
  return {
    scheme,
    host: isPath ? undefined : hostOf(url),
    port: portOf(url, text),
    target: `${url.pathname}${url.search}`,
    authorization: authorizationOf(url, text),
  }
}

const SCHEMES: Readonly<Record<string, ParsedUrl['scheme']>> = { 'http:': 'http', 'https:': 'https' }

function toUrl(text: string, given: string): URL {
  if (URL.canParse(text)) return new URL(text)
  throw invalidUrl(given)
}

function invalidUrl(given: string): UsageError {
  return new UsageError(`${JSON.stringify(given)} is not a valid URL. Examples: http://www.fourwire.test/, /healthz`)
}

/** Returns the port also if it is the default of the scheme, which `URL` omits: `locate` uses SRV records only without a port. */
function portOf(url: URL, text: string): number | undefined {
  if (url.port !== '') return Number(url.port)
  if (/^(?:http:\/\/)?[^/?#]*:0*80(?=[/?#]|$)/i.test(text)) return 80
  return /^https:\/\/[^/?#]*:0*443(?=[/?#]|$)/i.test(text) ? 443 : undefined
}

/** Returns user and password as Basic credentials (RFC 7617); the request target does not contain them. */
function authorizationOf({ username, password }: URL, text: string): string | undefined {
  if (username === '' && password === '') return undefined
  const credentials = `${decode(username, text)}:${decode(password, text)}`
  return `Basic ${Buffer.from(credentials).toString('base64')}`
}

function decode(encoded: string, url: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch (cause) {
    throw new UsageError(
      `${JSON.stringify(url)} has a "%" that is not percent-encoded UTF-8. Write "%" itself as %25`,
      {
        cause,
      },
    )
  }
}

const METHOD = /^[A-Z][A-Z0-9-]*$/

/**
 * Parses the positional arguments of the command, `[METHOD] URL`.
 *
 * @throws UsageError if there are too many, the method is invalid, or the URL is missing
 */
export function parseArguments(args: readonly string[], defaultMethod: string): { method: string; url: string } {
  const [first = '', second] = args
  if (args.length > 2) throw new UsageError(`too many arguments: ${args.slice(2).join(' ')}. Give [METHOD] URL`)
  if (second !== undefined) {
    if (!METHOD.test(first)) throw invalidMethod(first, second)
    return { method: first, url: second }
  }
  if (METHOD.test(first))
    throw new UsageError(`URL missing after ${first}. Example: ${first} http://www.fourwire.test/`)
  return { method: defaultMethod, url: first }
}

function invalidMethod(given: string, next: string): UsageError {
  if (given.includes('/')) {
    const advice = 'A method is before the URL; a body is given with -d, --json or --form'
    return new UsageError(`unexpected argument after the URL ${given}: ${next}. ${advice}`)
  }
  const upper = given.toUpperCase()
  const advice = METHOD.test(upper) ? `Methods are in upper case: ${upper}` : 'Examples: GET, PUT'
  return new UsageError(`${JSON.stringify(given)} is not a method. ${advice}`)
}

/** Header fields to send, by name; a name can have several values. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[]>>

/**
 * Parses the fields given with -H, each as `Name: value`; `Name;` is a field without a value. As in curl, `Name:` omits a field
 * that the client would send by default.
 *
 * @throws UsageError if a name is not a token, or a value contains a line end (RFC 9110, section 5)
 */
export function parseHeaders(fields: readonly string[]): RequestHeaders {
  const headers = new Map<string, string[]>()
  for (const [name, value] of fields.map(parseHeader)) {
    const values = headers.get(name) ?? []
    if (value !== undefined) values.push(value)
    headers.set(name, values)
  }
  return Object.fromEntries(headers)
}

const FIELD = /^(?<name>[!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?::[ \t]*(?<value>[^\r\n\0]*)|;[ \t]*)$/

/** Returns an undefined value for a field to omit. */
function parseHeader(text: string): readonly [name: string, value: string | undefined] {
  const { name, value = '' } = FIELD.exec(text)?.groups ?? {}
  if (name === undefined) {
    throw new UsageError(`${JSON.stringify(text)} is not a header field. Example: 'Accept: text/plain'`)
  }
  return [name, value === '' && text.includes(':') ? undefined : value]
}

/**
 * Adds the default fields that are not in `given`. Field names are case-insensitive. A field with an empty list of values is not
 * sent; one with a single value is a text, because undici accepts no list for Host and Content-Length.
 */
export function withDefaultHeaders(defaults: RequestHeaders, given: RequestHeaders): Record<string, string | string[]> {
  const names = new Set(Object.keys(given).map(name => name.toLowerCase()))
  const missing = Object.entries(defaults).filter(([name]) => !names.has(name.toLowerCase()))
  const copied = [...Object.entries(given), ...missing].map(
    ([name, value]) => [name, typeof value === 'string' ? value : single(value)] as const,
  )
  return Object.fromEntries<string | string[]>(copied)
}

function single(values: readonly string[]): string | string[] {
  const [first, ...others] = values
  return first !== undefined && others.length === 0 ? first : [...values]
}
