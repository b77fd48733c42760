/** Parses the request target (RFC 9112, section 3.2): percent-decodes its path and resolves dot segments. Pure. */
import { isHost } from './validate-request.ts'

export type Target =
  | {
      readonly kind: 'path'
      readonly path: string
      readonly query: string
      /** Of absolute-form: replaces the Host field (section 3.2.2). */
      readonly authority?: string
    }
  /** `OPTIONS *`: the server itself. */
  | { readonly kind: 'server' }
  | { readonly kind: 'invalid'; readonly reason: string }

const invalid = (reason: string): Target => ({ kind: 'invalid', reason })

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

function parseAbsoluteForm(text: string): Target {
  const { authority, rest = '' } = /^https?:\/\/(?<authority>[^/?]*)(?<rest>.*)$/i.exec(text)?.groups ?? {}
  if (authority === undefined) return invalid('the request target is neither a path nor an http URL')
  // RFC 9110, section 4.2.4: user information is an error.
  if (!isHost(authority)) return invalid('the request target does not name a host')
  const target = parsePath(rest.startsWith('/') ? rest : `/${rest}`)
  return target.kind === 'path' ? { ...target, authority } : target
}

function parsePath(pathAndQuery: string): Target {
  const mark = pathAndQuery.indexOf('?')
  const encoded = mark === -1 ? pathAndQuery : pathAndQuery.slice(0, mark)
  const query = mark === -1 ? '' : pathAndQuery.slice(mark + 1)
  // Decoding the slash would split a segment that the client did not split, and no file name can contain a slash.
  if (/%2f/i.test(encoded)) return invalid('the path contains an encoded slash')
  const path = percentDecode(encoded)
  if (path === undefined) return invalid('the path is not percent-encoded UTF-8')
  if (path.includes('\0')) return invalid('the path contains a NUL')
  return { kind: 'path', path: removeDotSegments(path), query }
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

/** Encodes a path for a Location field. Removes extra leading slashes: `//name` would be another host. */
export function encodePath(path: string): string {
  return `/${path.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/')}`
}
