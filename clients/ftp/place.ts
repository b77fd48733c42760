/** Where on which server: an ftp URL (RFC 1738, section 3.2), or a path on the running suite's server. Pure. */

import { UsageError } from '../../shared/errors.ts'
import { hostOf } from '../../shared/net/address.ts'

/** What a caller says: a URL, or its parts, or a URL and parts that stand in for what it does not say. */
export interface FtpPlace {
  /** `ftp://user:password@host:port/path`; `ftp:///path` or `/path` for the running suite. */
  readonly url?: string | undefined
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly path?: string | undefined
  /** Anonymous when not given. */
  readonly user?: string | undefined
  readonly password?: string | undefined
}

/** A place with nothing left to work out but the address of its server, which is undefined for the running suite's. */
export interface ResolvedPlace {
  readonly host: string | undefined
  readonly port: number | undefined
  /** As the server is to be told it: from where the login leads, or from the top where it starts with `/`. */
  readonly path: string
  readonly user: string
  readonly password: string
}

/** What RFC 1635 asks of anonymous clients: something like an address. */
const ANONYMOUS = { user: 'anonymous', password: 'fourwire@' } as const

/**
 * Works out the place. What is given in parts beats what the URL says.
 *
 * @throws UsageError for what is no ftp URL, and for a path that cannot be sent
 */
export function resolvePlace(place: FtpPlace): ResolvedPlace {
  const fromUrl = place.url === undefined ? {} : parseUrl(place.url)
  const user = place.user ?? fromUrl.user
  const password = place.password ?? fromUrl.password
  const path = place.path ?? fromUrl.path ?? ''
  for (const text of [path, user ?? '', password ?? '']) refuseControl(text)
  return {
    host: place.host ?? fromUrl.host,
    port: place.port ?? fromUrl.port,
    path,
    user: user ?? ANONYMOUS.user,
    password: password ?? (user === undefined ? ANONYMOUS.password : ''),
  }
}

function parseUrl(text: string): FtpPlace {
  if (text.startsWith('/')) return { path: text }
  const own = /^ftp:\/\/(\/.*)$/is.exec(text)?.[1]
  if (own !== undefined) return { path: decode(own, text) }
  if (!/^ftp:\/\//i.test(text) || !URL.canParse(text)) {
    throw new UsageError(`${JSON.stringify(text)} is no FTP URL; give ftp://HOST/PATH, or /PATH for the running suite`)
  }
  const url = new URL(text)
  return {
    host: hostOf(url),
    port: portOf(url, text),
    // "?" and "#" have no meaning in an ftp URL; and its path is from where the login leads, so its first "/" only divides.
    path: decode(`${url.pathname}${url.search}${url.hash}`.replace(/^\//, ''), text),
    user: url.username === '' ? undefined : decode(url.username, text),
    password: url.password === '' ? undefined : decode(url.password, text),
  }
}

/** A URL object leaves out 21; but who writes it means it. */
function portOf(url: URL, text: string): number | undefined {
  if (url.port !== '') return Number(url.port)
  return /^ftp:\/\/[^/?#]*:0*21(?=[/?#]|$)/i.test(text) ? 21 : undefined
}

function decode(encoded: string, whole: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch (cause) {
    throw new UsageError(
      `${JSON.stringify(whole)} has a "%" that is not followed by the code of a character in UTF-8`,
      {
        cause,
      },
    )
  }
}

/** They would end the command and begin another. */
function refuseControl(text: string): void {
  if (/[\r\n\0]/.test(text)) throw new UsageError(`${JSON.stringify(text)} cannot be sent: it has an end of line in it`)
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.replace(/\/+$/, '').split('/').pop() ?? ''
}

/** Where `mv` moves to: from the top, where the new path starts with `/`, and beside the old one otherwise. */
export function beside(path: string, newPath: string): string {
  refuseControl(newPath)
  if (newPath === '') throw new UsageError('the new name is empty')
  return newPath.startsWith('/') ? newPath : path.replace(/[^/]*\/*$/, '') + newPath
}
