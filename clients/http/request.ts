/** One request and its response; with `redirect: 'follow'`, as many as it takes. */

import { errorCode, errorText, RefusedError } from '../../shared/errors.ts'
import { formatAuthority } from '../../shared/net/address.ts'
import { connectTcp, DEFAULT_TIMEOUT_MS, locateDirectly } from '../../shared/net/connect.ts'
import type { ClientOptions, Location } from '../../shared/service.ts'
import { httpDissector } from '../../shared/trace/dissectors/http.ts'
import { failure } from './failure.ts'
import { type Redirected, redirected, redirectedHeaders } from './redirect.ts'
import { HttpReply } from './reply.ts'
import { type ParsedUrl, parseUrl, type RequestHeaders } from './url.ts'

/** What to ask, of whom. */
export interface HttpRequest {
  /** `http://host:port/path`; `http://` may be left out. A bare `/path` is one of the running suite. */
  readonly url: string
  /** GET, where there is no body; POST, where there is one. */
  readonly method?: string | undefined
  readonly headers?: RequestHeaders | undefined
  /** Sent with its length where that is known, else in chunks. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined
  /** Whether to go where a redirect leads (20 of them at most), or to return it (the default). */
  readonly redirect?: 'follow' | 'manual' | undefined
}

/** Nobody leads a client through more, unless it is in a circle. */
const MAX_REDIRECTS = 20
/** The head of a response. */
const MAX_HEAD_BYTES = 64 * 1024

const DEFAULT_HEADERS = { 'User-Agent': 'fourwire', Accept: '*/*' }

/**
 * Sends a request and resolves when the response's head is there; its body is read from the reply. Whatever the status
 * is, it is a reply.
 *
 * @throws UsageError for a URL, method or header that cannot be sent
 * @throws UnreachableError when nobody listens there
 * @throws RefusedError when the server breaks off, is silent for `timeout`, does not speak HTTP, or redirects forever
 * or to where this client cannot go
 */
export async function request(request: HttpRequest, options: ClientOptions = {}): Promise<HttpReply> {
  const { body } = request
  let next = { ...request, method: request.method ?? (body === undefined ? 'GET' : 'POST') }
  for (let count = 0; count <= MAX_REDIRECTS; count++) {
    const reply = await exchange(next, options)
    const to =
      request.redirect === 'follow' && redirected(reply.status, reply.headers.location, { ...next, url: reply.url })
    if (!to) return reply
    await reply.passOver()
    refuseImpossible(to, next.body, reply.status)
    next = {
      url: to.url,
      method: to.method,
      headers: redirectedHeaders(next.headers ?? {}, to),
      body: to.keepsBody ? next.body : undefined,
    }
  }
  throw new RefusedError('redirects', `it redirects more than ${MAX_REDIRECTS} times`)
}

/** A redirect that cannot be followed is not the fault of who asked. */
function refuseImpossible({ url, keepsBody }: Redirected, body: HttpRequest['body'], status: number): void {
  if (keepsBody && isStream(body)) {
    throw new RefusedError(status, `it redirects to ${url}, but a body that is a stream cannot be sent twice`)
  }
  try {
    parseUrl(url)
  } catch (error) {
    throw new RefusedError(status, `cannot follow its redirect: ${errorText(error)}`, { cause: error })
  }
}

function isStream(body: HttpRequest['body']): boolean {
  return typeof body === 'object' && !(body instanceof Uint8Array)
}

async function exchange(asked: HttpRequest & { method: string }, options: ClientOptions): Promise<HttpReply> {
  const url = parseUrl(asked.url)
  const locate = options.locate ?? locateDirectly
  const server = await locate({ service: 'http', host: url.host, port: url.port, signal: options.signal })
  // The name that was asked for goes into the Host field, wherever DNS says the server is.
  const authority =
    url.host === undefined ? formatAuthority(server.host, server.port) : formatAuthority(url.host, url.port)
  try {
    const response = await send(asked, url, { server, origin: `http://${authority}` }, options)
    const { statusCode, statusText, headers, body } = response
    const fields = headers as unknown as string[] // What `responseHeaders: 'raw'` gives; undici's types do not know.
    const received = { url: `http://${authority}${url.target}`, status: statusCode, statusText, fields, body }
    return new HttpReply(received, options)
  } catch (error) {
    throw failure(error, options)
  }
}

async function send(
  asked: HttpRequest & { method: string },
  url: ParsedUrl,
  { server, origin }: { server: Location; origin: string },
  options: ClientOptions,
) {
  const { Client } = await import('undici')
  const timeout = options.timeout ?? DEFAULT_TIMEOUT_MS
  const client = new Client(origin, {
    connect: (_about, connected) => {
      connectTcp(server, { protocol: 'http', dissector: httpDissector, isExpectedError }, options).then(
        socket => connected(null, socket),
        (error: Error) => connected(error, null),
      )
    },
    headersTimeout: timeout,
    bodyTimeout: timeout,
    maxHeaderSize: MAX_HEAD_BYTES,
  })
  const authorization = url.authorization === undefined ? {} : { Authorization: url.authorization }
  try {
    return await client.request({
      path: url.target,
      method: asked.method as 'GET', // Any token; undici checks it, its type only lists the well-known ones.
      headers: withDefaults({ ...DEFAULT_HEADERS, ...authorization }, asked.headers ?? {}),
      body: asked.body as Uint8Array, // Any async iterable too, which the type leaves out.
      signal: options.signal,
      responseHeaders: 'raw',
    })
  } finally {
    // Takes no more requests, and closes the connection once the body has been read.
    void client.close()
  }
}

/** How undici says that it needs a connection no more. */
const ENDINGS = new Set(['UND_ERR_INFO', 'UND_ERR_DESTROYED'])

/** undici ends a connection it needs no more as if it had failed; to whoever follows it, it has just ended. */
const isExpectedError = (error: Error) => ENDINGS.has(errorCode(error) ?? '')

/** The given fields, and of the defaults those that were not given, in whatever case. */
function withDefaults(defaults: Record<string, string>, given: RequestHeaders): Record<string, string | string[]> {
  const names = new Set(Object.keys(given).map(name => name.toLowerCase()))
  const missing = Object.entries(defaults).filter(([name]) => !names.has(name.toLowerCase()))
  const copied = Object.entries(given).map(
    ([name, value]) => [name, typeof value === 'string' ? value : [...value]] as const,
  )
  return Object.fromEntries<string | string[]>([...copied, ...missing])
}
