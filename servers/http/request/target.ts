/** Parses the request target (RFC 9112, section 3.2): percent-decodes its path and resolves dot segments. Pure. */
import { isHost } from './validate-request.ts'

export interface PathTarget {
  /** `encoded-slash`: a segment of the path contains a slash (`/a%2Fb`), written as `ENCODED_SLASH`. No file has such a name. */
  readonly kind: 'path' | 'encoded-slash'
  readonly path: string
  readonly query: string
  /** Of absolute-form: replaces the Host field (section 3.2.2). */
  readonly authority?: string
}

interface InvalidTarget {
  readonly kind: 'invalid'
  readonly reason: string
}

/** `OPTIONS *`: the server itself. */
interface ServerTarget {
  readonly kind: 'server'
}

export type Target = PathTarget | InvalidTarget | ServerTarget

/** Stands for an encoded slash in a decoded path: a path cannot have a NUL otherwise. */
export const ENCODED_SLASH = '\0'

const invalid = (reason: string): InvalidTarget => ({ kind: 'invalid', reason })

/** A path that needs no decoding and has no dot segments, which is that of most requests. */
const PLAIN_PATH = /^(?:\/[!"$&-\-0->@-~][!"$&-.0->@-~]*)+\/?$/

/** Parses origin-form, absolute-form and asterisk-form. CONNECT alone uses authority-form. */
export function parseTarget(text: string): Target {
  if (PLAIN_PATH.test(text)) return { kind: 'path', path: text, query: '' }
  if (text === '*') return { kind: 'server' }
  // A client sends the target without the fragment (RFC 9110, section 7.1).
  if (text.includes('#')) return invalid('the request target has a fragment')
  return text.startsWith('/') ? parsePath(text) : parseAbsoluteForm(text)
}

function parseAbsoluteForm(text: string): PathTarget | InvalidTarget {
  const { authority, rest = '' } = /^https?:\/\/(?<authority>[^/?]*)(?<rest>.*)$/i.exec(text)?.groups ?? {}
  if (authority === undefined) return invalid('the request target is neither a path nor an http URL')
  // RFC 9110, section 4.2.4: user information is an error.
  if (!isHost(authority)) return invalid('the request target does not name a host')
  const target = parsePath(rest.startsWith('/') ? rest : `/${rest}`)
  return target.kind === 'invalid' ? target : { ...target, authority }
}

function parsePath(pathAndQuery: string): PathTarget | InvalidTarget {
  const mark = pathAndQuery.indexOf('?')
  const encoded = mark === -1 ? pathAndQuery : pathAndQuery.slice(0, mark)
  const query = mark === -1 ? '' : pathAndQuery.slice(mark + 1)
  const decoded = percentDecode(encoded)
  if (decoded === undefined) return invalid('the path is not percent-encoded UTF-8')
  if (decoded.includes('\0')) return invalid('the path contains a NUL')
  if (!/%2f/i.test(encoded)) return { kind: 'path', path: removeDotSegments(decoded), query }
  // A decoded slash would split a segment that the client did not split.
  const path = decodeURIComponent(encoded.replace(/%2f/gi, ENCODED_SLASH))
  return { kind: 'encoded-slash', path: removeDotSegments(path), query }
}

function percentDecode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

/** RFC 3986, section 5.2.4. Routes and files must see the same path. */
function removeDotSegments(path: string): string {
  if (!/\/\.{1,2}(?:\/|$)/.test(path)) return path
  const segments = path.split('/')
  const kept: string[] = []
  for (const segment of segments.slice(1)) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  const endsWithDots = /\/\.{1,2}$/.test(path)
  return `/${kept.join('/')}${endsWithDots && kept.length > 0 ? '/' : ''}`
}

/** Returns the text of a path: encoded slashes as `%2F`, and everything else decoded. */
export function pathText(path: string): string {
  return path.replaceAll(ENCODED_SLASH, '%2F')
}

/** Decodes the encoded slashes in the parameters of a path, which are its segments. */
export function decodeParams(params: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, value.replaceAll(ENCODED_SLASH, '/')]))
}

/** Encodes a path for a Location field. Removes extra leading slashes: `//name` would be another host. */
export function encodePath(path: string): string {
  return `/${path.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/')}`
}
