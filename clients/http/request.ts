/** Sends a request and receives its response. With `redirect: 'follow'`, repeats this until the response is not a redirect. */
import { errorText, RefusedError } from '../../shared/errors.ts'
import type { ClientOptions } from '../../shared/service.ts'
import { HttpConnection } from './exchange/connection.ts'
import type { CompleteRequest, HttpRequest } from './exchange/http-request.ts'
import { headersForRedirect, locationProblem, type Redirect, resolveRedirect } from './redirect.ts'
import type { HttpResponse } from './response.ts'
import { parseUrl } from './url.ts'

/** More redirects than this are a loop. */
const MAX_REDIRECTS = 20

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
  let next: CompleteRequest = { ...request, method: request.method ?? (body === undefined ? 'GET' : 'POST') }
  for (let count = 0; count <= MAX_REDIRECTS; count++) {
    const response = await exchange(next, options)
    const { status, url, headers } = response
    const follows = request.redirect === 'follow'
    const problem = follows ? locationProblem(status, headers.location, url) : undefined
    if (problem !== undefined) {
      response.discard()
      throw new RefusedError(status, `cannot follow the redirect: ${problem}`)
    }
    const redirect = follows && resolveRedirect(status, headers.location, { ...next, url })
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
  throw new RefusedError('redirects', `the server redirects more than ${MAX_REDIRECTS} times, at last to ${next.url}`)
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

async function exchange(request: CompleteRequest, options: ClientOptions): Promise<HttpResponse> {
  const url = parseUrl(request.url)
  const connection = await HttpConnection.open(request, url, options)
  try {
    return await connection.send(request, url)
  } finally {
    connection.close()
  }
}
