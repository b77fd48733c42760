/** The request target (RFC 9112, section 3.2), as a path with its percent-encoding undone. Pure. */

export type Target =
  | { readonly kind: 'path'; readonly path: string; readonly query: string }
  /** `OPTIONS *`: the server as such. */
  | { readonly kind: 'server' }
  | { readonly kind: 'bad'; readonly why: string }

const bad = (why: string): Target => ({ kind: 'bad', why })

/** Reads origin-form, absolute-form and asterisk-form; authority-form is for CONNECT only. */
export function parseTarget(text: string): Target {
  if (text === '*') return { kind: 'server' }
  const rest = text.startsWith('/') ? text : withoutAuthority(text)
  if (rest === undefined) return bad('the request target is neither a path nor an http URL')
  const end = rest.search(/[?#]/)
  const encoded = end === -1 ? rest : rest.slice(0, end)
  const query = rest[end] === '?' ? rest.slice(end + 1).replace(/#.*$/, '') : ''
  return encoded.includes('%') ? decodePath(encoded, query) : { kind: 'path', path: encoded, query }
}

/** A server must accept absolute-form, and goes by what follows the authority (section 3.2.2). */
function withoutAuthority(text: string): string | undefined {
  const authority = /^https?:\/\/[^/?#]+/i.exec(text)?.[0]
  if (authority === undefined) return undefined
  const rest = text.slice(authority.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}

function decodePath(encoded: string, query: string): Target {
  // Decoded, it would part the path where its sender did not, and no file can have it in its name.
  if (/%2f/i.test(encoded)) return bad('the path holds an encoded slash')
  const path = decoded(encoded)
  if (path === undefined) return bad('the percent-encoding of the path is not that of UTF-8')
  if (path.includes('\0')) return bad('the path holds a NUL')
  return { kind: 'path', path, query }
}

function decoded(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

/** Writes a path for a Location field: encoded, and never with two slashes first, which would name another host. */
export function encodePath(path: string): string {
  return `/${path.replace(/^\/+/, '').split('/').map(encodeURIComponent).join('/')}`
}
