/** Sends a request and receives its response. With `redirect: 'follow'`, repeats this until the response is not a redirect. */
import type { Socket } from 'node:net'
import { errorCode, errorText, RefusedError } from '../../shared/errors.ts'
import { formatAuthority } from '../../shared/net/address.ts'
import { connectTcp, DEFAULT_TIMEOUT_MS, locateDirectly } from '../../shared/net/connect.ts'
import { connectTls, type TlsVerification } from '../../shared/net/connect-tls.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { httpDissector } from '../../shared/trace/dissectors/http.ts'
import { translateError } from './error.ts'
import { headersForRedirect, type Redirect, resolveRedirect } from './redirect.ts'
import { HttpResponse } from './response.ts'
import { type ParsedUrl, parseUrl, type RequestHeaders, withDefaultHeaders } from './url.ts'

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
}

/** Keeps cookies from one request to the next. `createCookieJar()` returns one in memory. */
export interface CookieJar {
  /** Returns the value of the field Cookie for a request to the URL; empty if no cookie matches. */
  cookiesFor(url: string): string
  /** Stores the cookies of a response, given as values of Set-Cookie. Ignores those that the URL's host may not set. */
  store(url: string, setCookies: readonly string[]): void
}

/** More redirects than this are a loop. */
const MAX_REDIRECTS = 20
/** Bounds the head of a response. */
const MAX_HEAD_BYTES = 64 * 1024

const DEFAULT_HEADERS = { 'User-Agent': 'fourwire', Accept: '*/*' }

/**
 * Sends a request and resolves when the head of the response has arrived; read the body from the response. Resolves for every
 * status code.
 *
 * @throws UsageError if the URL, method or a header field is invalid
 * @throws UnreachableError if no server listens there
 * @throws RefusedError if the server disconnects, sends nothing for `timeout` milliseconds, does not speak HTTP, has a
 * certificate that cannot be verified, or redirects in a loop or to a URL that this client does not support
 */
export async function request(request: HttpRequest, options: ClientOptions = {}): Promise<HttpResponse> {
  const { body } = request
  let next = { ...request, method: request.method ?? (body === undefined ? 'GET' : 'POST') }
  for (let count = 0; count <= MAX_REDIRECTS; count++) {
    const response = await exchange(next, options)
    const { status, url, headers } = response
    const redirect = request.redirect === 'follow' && resolveRedirect(status, headers.location, { ...next, url })
    if (!redirect) return response
    await response.drain()
    checkRedirect(redirect, next.body, status)
    next = {
      ...next,
      url: redirect.url,
      method: redirect.method,
      headers: headersForRedirect(next.headers ?? {}, redirect),
      body: redirect.keepsBody ? next.body : undefined,
    }
  }
  throw new RefusedError('redirects', `the server redirects more than ${MAX_REDIRECTS} times`)
}

/** @throws RefusedError for a redirect that cannot be followed, which is the fault of the server and not of the caller */
function checkRedirect({ url, keepsBody }: Redirect, body: HttpRequest['body'], status: number): void {
  if (keepsBody && isStream(body)) {
    throw new RefusedError(status, `cannot follow the redirect to ${url}: a body that is a stream cannot be sent twice`)
  }
  try {
    parseUrl(url)
  } catch (error) {
    throw new RefusedError(status, `cannot follow the redirect: ${errorText(error)}`, { cause: error })
  }
}

function isStream(body: HttpRequest['body']): boolean {
  return typeof body === 'object' && !(body instanceof Uint8Array)
}

async function exchange(request: HttpRequest & { method: string }, options: ClientOptions): Promise<HttpResponse> {
  const url = parseUrl(request.url)
  const locate = options.locate ?? locateDirectly
  const { scheme, host, port } = url
  const server = await locate({ service: 'http', host, port, tls: scheme === 'https', signal: options.signal })
  // The Host field has the name from the URL, not the address that it resolves to.
  const authority = host === undefined ? formatAuthority(server.host, server.port) : formatAuthority(host, port)
  const origin = `${scheme}://${authority}`
  try {
    const sent = await send(request, url, { server, origin }, options)
    const { statusCode, statusText, headers, body } = sent
    // undici's types do not know the result of `responseHeaders: 'raw'`.
    const fields = headers as unknown as string[]
    const parts = { url: `${origin}${url.target}`, status: statusCode, statusText, fields, body }
    const response = new HttpResponse(parts, options)
    request.cookies?.store(response.url, response.setCookies)
    return response
  } catch (error) {
    throw translateError(error, options)
  }
}

async function send(
  request: HttpRequest & { method: string },
  url: ParsedUrl,
  { server, origin }: { server: Location; origin: string },
  options: ClientOptions,
) {
  const { Client } = await import('undici')
  const timeout = options.timeout ?? DEFAULT_TIMEOUT_MS
  const client = new Client(origin, {
    connect: (_options, callback) => {
      connect(server, url, request.verification, options).then(
        socket => callback(null, socket),
        (error: Error) => callback(error, null),
      )
    },
    headersTimeout: timeout,
    bodyTimeout: timeout,
    maxHeaderSize: MAX_HEAD_BYTES,
  })
  const authorization = url.authorization === undefined ? {} : { Authorization: url.authorization }
  const cookie = request.cookies?.cookiesFor(`${origin}${url.target}`) ?? ''
  const cookies = cookie === '' ? {} : { Cookie: cookie }
  try {
    return await client.request({
      path: url.target,
      method: request.method as 'GET', // undici accepts any token, but its type lists only common methods.
      headers: withDefaultHeaders({ ...DEFAULT_HEADERS, ...authorization, ...cookies }, request.headers ?? {}),
      body: request.body as Uint8Array, // undici accepts any async iterable, but its type does not.
      signal: options.signal,
      responseHeaders: 'raw',
    })
  } finally {
    // Closes the connection when the body was read.
    void client.close()
  }
}

async function connect(
  server: Location,
  { scheme, host }: ParsedUrl,
  verification: TlsVerification | undefined,
  options: ClientOptions,
): Promise<Socket> {
  const follow = { protocol: 'http', dissector: httpDissector, isExpectedError } as const
  if (scheme === 'http') return connectTcp(server, follow, options)
  const ca = verification?.ca ?? (await options.authority?.())
  const tls = {
    service: 'http',
    follow,
    protocols: ['http/1.1'],
    verification: { serverName: host, ...verification, ca },
  }
  return connectTls(server, tls, options)
}

/** The codes of errors with which undici closes a connection that it no longer needs. */
const CLOSE_CODES = new Set(['UND_ERR_INFO', 'UND_ERR_DESTROYED'])

/** The trace shows these as a normal close. */
const isExpectedError = (error: Error) => CLOSE_CODES.has(errorCode(error) ?? '')
