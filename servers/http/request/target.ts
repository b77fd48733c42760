/** Parses the request target (RFC 9112, section 3.2) and percent-decodes its path. Pure. */

export type Target =
  | { readonly kind: 'path'; readonly path: string; readonly query: string }
  /** `OPTIONS *`: the server itself. */
  | { readonly kind: 'server' }
  | { readonly kind: 'invalid'; readonly reason: string }

const invalid = (reason: string): Target => ({ kind: 'invalid', reason })

/** Parses origin-form, absolute-form and asterisk-form. Authority-form is only for CONNECT. */
export function parseTarget(text: string): Target {
  if (text === '*') return { kind: 'server' }
  const pathAndQuery = text.startsWith('/') ? text : stripAuthority(text)
  if (pathAndQuery === undefined) return invalid('the request target is neither a path nor an http URL')
  const end = pathAndQuery.search(/[?#]/)
  const encoded = end === -1 ? pathAndQuery : pathAndQuery.slice(0, end)
  const query = pathAndQuery[end] === '?' ? pathAndQuery.slice(end + 1).replace(/#.*$/, '') : ''
  return encoded.includes('%') ? decodePath(encoded, query) : { kind: 'path', path: encoded, query }
}

/** A server must accept absolute-form (section 3.2.2); this one ignores the authority. */
function stripAuthority(text: string): string | undefined {
  const authority = /^https?:\/\/[^/?#]+/i.exec(text)?.[0]
  if (authority === undefined) return undefined
  const pathAndQuery = text.slice(authority.length)
  return pathAndQuery.startsWith('/') ? pathAndQuery : `/${pathAndQuery}`
}

function decodePath(encoded: string, query: string): Target {
  // A decoded slash would split a segment that the sender did not split, and no file name can contain it.
  if (/%2f/i.test(encoded)) return invalid('the path holds an encoded slash')
  const path = percentDecode(encoded)
  if (path === undefined) return invalid('the percent-encoding of the path is not that of UTF-8')
  if (path.includes('\0')) return invalid('the path holds a NUL')
  return { kind: 'path', path, query }
}

function percentDecode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

/** Encodes a path for a Location field. Removes extra leading slashes: `//name` would be another host. */
export function encodePath(path: string): string {
  return `/${path.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/')}`
}
