/** Describes a request in the format of go-httpbin. Pure. */
import type { RequestFields } from '../../request/request.ts'
import { type EndpointRequest, PREFIX } from '../endpoint.ts'

/** Names with their values, sorted by name. */
export type Values = Readonly<Record<string, readonly string[]>>

export interface RequestDescription {
  readonly args: Values
  readonly headers: Values
  readonly method: string
  readonly origin: string
  readonly url: string
}

export function describeRequest(request: EndpointRequest): RequestDescription {
  const { method, headers, parameters } = request
  return {
    args: groupValues(parameters),
    headers: describeFields(headers),
    method,
    origin: originOf(request),
    url: urlOf(request),
  }
}

/** Groups pairs by name, sorted by name. */
export function groupValues(pairs: Iterable<readonly [string, string]>): Values {
  const groups = new Map<string, string[]>()
  for (const [name, value] of pairs) {
    const group = groups.get(name)
    if (group) group.push(value)
    else groups.set(name, [value])
  }
  return Object.fromEntries([...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Returns the header fields by name in canonical form. A repeated field has one value, joined with a comma (RFC 9110, section 5.3). */
export function describeFields(headers: RequestFields): Values {
  const pairs = Object.entries(headers).flatMap(([name, value = []]) =>
    // HTTP/2 has the method and the target in pseudo-fields, which begin with a colon.
    name.startsWith(':') ? [] : [value].flat().map(item => [canonicalName(name), item] as const),
  )
  return groupValues(pairs)
}

/** `user-agent` -> `User-Agent`. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, letter => letter.toUpperCase())
}

/** Returns the address of the client, or the one that a proxy has added first. */
export function originOf({ headers, client }: EndpointRequest): string {
  const forwarded = fieldOf(headers, 'x-forwarded-for').split(',')[0]?.trim()
  return forwarded || client.host
}

/** Returns the URL of the request as the client knows it, also behind a proxy that terminates TLS. */
export function urlOf({ target, headers, isSecure }: EndpointRequest): string {
  if (!target.startsWith('/')) return target
  return `${baseUrlOf({ headers, isSecure })}${target}`
}

/** Returns the URL of a path of this server: scheme and authority. */
export function baseUrlOf({ headers, isSecure }: Pick<EndpointRequest, 'headers' | 'isSecure'>): string {
  const proto = fieldOf(headers, 'x-forwarded-proto') || fieldOf(headers, 'x-forwarded-protocol')
  const isForwardedSecure = proto === '' ? fieldOf(headers, 'x-forwarded-ssl') === 'on' : proto === 'https'
  const host = fieldOf(headers, 'host') || fieldOf(headers, ':authority') || 'localhost'
  return `${isSecure || isForwardedSecure ? 'https' : 'http'}://${host}`
}

/** Returns the URL of the prefix. */
export function prefixUrlOf(request: Pick<EndpointRequest, 'headers' | 'isSecure'>): string {
  return `${baseUrlOf(request)}${PREFIX}`
}

/** Returns the value of a field; an empty text if it is missing. */
export function fieldOf(headers: RequestFields, name: string): string {
  return headers[name]?.toString() ?? ''
}
