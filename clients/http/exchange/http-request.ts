/** The request of `request()`. */
import type { TlsVerification } from '../../../shared/net/connect-tls.ts'
import type { RequestHeaders } from '../url.ts'
import type { AddressOverride } from './address-override.ts'

export interface HttpRequest {
  /** `http://host:port/path` or `https://...`; `http://` is optional. A bare `/path` is on the running suite. */
  readonly url: string
  /** Default: GET without a body, POST with one. */
  readonly method?: string | undefined
  readonly headers?: RequestHeaders | undefined
  /** Sent with Content-Length if the length is known, else in chunks. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined
  /** Whether to follow redirects (at most 20) or to return the redirect. Default: `manual`. */
  readonly redirect?: 'follow' | 'manual' | undefined
  /** How to verify the certificate of an https server. Default: the suite's authority and those of the system. */
  readonly verification?: TlsVerification | undefined
  /** Stores the cookies of responses, also of redirects, and selects those of requests. Default: no cookies. */
  readonly cookies?: CookieJar | undefined
  /** True accepts compressed bodies and decompresses them. Default: false, so that the body is as the server sent it. */
  readonly compressed?: boolean | undefined
  /** True offers HTTP/2 to https servers, and sends HTTP/2 to http servers without negotiation. Default: HTTP/1.1. */
  readonly http2?: boolean | undefined
  /** Where to connect for certain hosts and ports, instead of where their names resolve to. */
  readonly addresses?: readonly AddressOverride[] | undefined
}

/** A request with its method. */
export type CompleteRequest = HttpRequest & { readonly method: string }

/** Keeps cookies from one request to the next. `createCookieJar()` returns one in memory. */
export interface CookieJar {
  /** Returns the value of the field Cookie for a request to the URL; empty if no cookie matches. */
  cookiesFor(url: string): string
  /** Stores the cookies of a response, given as values of Set-Cookie. Ignores those that the URL's host may not set. */
  store(url: string, setCookies: readonly string[]): void
}
