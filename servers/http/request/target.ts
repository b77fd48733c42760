/** Parses the request target (RFC 9112, section 3.2) and percent-decodes its path. Pure. */

export type Target =
  | { readonly kind: 'path'; readonly path: string; readonly query: string }
  /** `OPTIONS *`: the server itself. */
  | { readonly kind: 'server' }
  | { readonly kind: 'invalid'; readonly reason: string }

const invalid = (reason: string): Target => ({ kind: 'invalid', reason })

/** Parses origin-form, absolute-form and asterisk-form. CONNECT alone uses authority-form. */
export function parseTarget(text: string): Target {
  if (text === '*') return { kind: 'server' }
  const pathAndQuery = text.startsWith('/') ? text : stripAuthority(text)
  if (pathAndQuery === undefined) return invalid('the request target is neither a path nor an http URL')
  const end = pathAndQuery.search(/[?#]/)
  const encoded = end === -1 ? pathAndQuery : pathAndQuery.slice(0, end)
  const query = pathAndQuery[end] === '?' ? pathAndQuery.slice(end + 1).replace(/#.*$/, '') : ''
  return encoded.includes('%') ? decodePath(encoded, query) : { kind: 'path', path: encoded, query }
}

/** Returns path and query of absolute-form, which a server must accept (section 3.2.2). The authority does not matter here. */
function stripAuthority(text: string): string | undefined {
  const authority = /^https?:\/\/[^/?#]+/i.exec(text)?.[0]
  if (authority === undefined) return undefined
  const pathAndQuery = text.slice(authority.length)
  return pathAndQuery.startsWith('/') ? pathAndQuery : `/${pathAndQuery}`
}

function decodePath(encoded: string, query: string): Target {
  // Decoding the slash would split a segment that the client did not split, and no file name can contain a slash.
  if (/%2f/i.test(encoded)) return invalid('the path contains an encoded slash')
  const path = percentDecode(encoded)
  if (path === undefined) return invalid('the path is not percent-encoded UTF-8')
  if (path.includes('\0')) return invalid('the path contains a NUL')
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
