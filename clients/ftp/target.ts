/** Server, path and account of an operation, from an ftp URL (RFC 1738, section 3.2) or its parts. Pure. */
import { UsageError } from '../../shared/errors.ts'
import { hostOf } from '../../shared/net/address.ts'
import type { TlsVerification } from '../../shared/net/connect-tls.ts'

/** `explicit`: TLS after AUTH TLS, or no login (RFC 4217). `implicit`: TLS from the first byte. */
export type FtpEncryption = 'explicit' | 'implicit'

/** A URL, its parts, or both; a part takes precedence over the URL. */
export interface FtpTarget {
  /**
   * `ftp://user:password@host:port/path`; `ftp:///path` or `/path` for the running suite. With `ftps:` the encryption is
   * `implicit`.
   */
  readonly url?: string | undefined
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly path?: string | undefined
  /** Default: anonymous. */
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** Default: none, or that of the URL. */
  readonly tls?: FtpEncryption | undefined
  /** How to verify the certificate of the server. The authority of the running suite is trusted by default. */
  readonly verification?: TlsVerification | undefined
}

/** A target with all parts; the host is undefined for the running suite. */
export interface ResolvedTarget {
  readonly host: string | undefined
  readonly port: number | undefined
  /** Relative to the login directory, or absolute if it starts with `/`. */
  readonly path: string
  readonly user: string
  readonly password: string
  readonly tls: FtpEncryption | undefined
  readonly verification: TlsVerification | undefined
}

/** RFC 1635 suggests an email address as password. */
const ANONYMOUS = { user: 'anonymous', password: 'fourwire@' } as const

/**
 * Resolves a target.
 *
 * @throws UsageError if the URL is malformed, or an argument contains a line ending
 */
export function resolveTarget(target: FtpTarget): ResolvedTarget {
  const fromUrl = target.url === undefined ? {} : parseUrl(target.url)
  const user = target.user ?? fromUrl.user
  const password = target.password ?? fromUrl.password
  const path = target.path ?? fromUrl.path ?? ''
  for (const argument of [path, user ?? '', password ?? '']) rejectLineEnding(argument)
  return {
    host: target.host ?? fromUrl.host,
    port: target.port ?? fromUrl.port,
    path,
    user: user ?? ANONYMOUS.user,
    password: password ?? (user === undefined ? ANONYMOUS.password : ''),
    // An ftps URL has the port of implicit TLS.
    tls: fromUrl.tls ?? target.tls,
    verification: target.verification,
  }
}

function parseUrl(text: string): FtpTarget {
  if (text.startsWith('/')) return { path: text }
  const [, scheme = '', rest = ''] = /^(ftps?):\/\/(.*)$/is.exec(text) ?? []
  const tls = scheme.toLowerCase() === 'ftps' ? ({ tls: 'implicit' } as const) : {}
  if (rest.startsWith('/')) return { ...tls, path: decode(rest, text) }
  // Of ftps, `URL` knows less: it would keep the case of the host.
  const asFtp = `ftp://${rest}`
  if (scheme === '' || !URL.canParse(asFtp)) {
    throw new UsageError(
      `${JSON.stringify(text)} is not an FTP URL. Use ftp://HOST/PATH or ftps://HOST/PATH, or /PATH for the running suite`,
    )
  }
  const url = new URL(asFtp)
  return {
    ...tls,
    host: hostOf(url),
    port: portOf(url, asFtp),
    // In an ftp URL, "?" and "#" are part of the path, and the first "/" only separates the host from the path.
    path: decode(`${url.pathname}${url.search}${url.hash}`.replace(/^\//, ''), text),
    user: url.username === '' ? undefined : decode(url.username, text),
    password: url.password === '' ? undefined : decode(url.password, text),
  }
}

/** `URL` drops the default port 21, but `locate` uses SRV records only if the URL has no port. */
function portOf(url: URL, text: string): number | undefined {
  if (url.port !== '') return Number(url.port)
  return /^ftp:\/\/[^/?#]*:0*21(?=[/?#]|$)/i.test(text) ? 21 : undefined
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

/** A line ending in an argument would start another command. */
function rejectLineEnding(text: string): void {
  if (/[\r\n\0]/.test(text))
    throw new UsageError(`${JSON.stringify(text)} contains a line ending or NUL, which FTP cannot send`)
}

/** Returns the last part of a path. */
export function baseName(path: string): string {
  return path.replace(/\/+$/, '').split('/').pop() ?? ''
}

/** Returns the new path of `mv`: absolute if it starts with `/`, otherwise relative to the directory of the old path. */
export function resolveNewPath(path: string, newPath: string): string {
  rejectLineEnding(newPath)
  if (newPath === '') throw new UsageError('the new name is empty. Give a name or a path')
  return newPath.startsWith('/') ? newPath : path.replace(/[^/]*\/*$/, '') + newPath
}

/** Returns true if the operation uses the anonymous account. */
export function isAnonymous({ user }: Pick<ResolvedTarget, 'user'>): boolean {
  return user === ANONYMOUS.user
}
