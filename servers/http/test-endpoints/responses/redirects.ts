/** Endpoints that redirect. Pure. */
import type { Response } from '../../response/response.ts'
import { MAX_REDIRECTS } from '../bounds.ts'
import { empty } from '../content.ts'
import { ANY_METHOD, EndpointError, type EndpointGroup, type EndpointRequest, PREFIX } from '../endpoint.ts'
import { invalid, parseInteger } from '../parameters.ts'
import { prefixUrlOf } from '../requests/describe-request.ts'

export const redirectEndpoints: EndpointGroup = {
  title: 'Redirects',
  endpoints: [
    {
      path: '/redirect/:n',
      methods: ANY_METHOD,
      summary: 'Redirects n times (302) to paths, or with absolute=true to URLs, and then to /get.',
      example: '-sS -L -o /dev/null -w "%{num_redirects} redirects\\n" URL/redirect/3',
      respond: request => countDown(request, request.parameters.get('absolute')?.toLowerCase() === 'true'),
    },
    {
      path: '/relative-redirect/:n',
      methods: ANY_METHOD,
      summary: 'Redirects n times (302) to paths.',
      example: '-sS -i URL/relative-redirect/2',
      respond: request => countDown(request, false),
    },
    {
      path: '/absolute-redirect/:n',
      methods: ANY_METHOD,
      summary: 'Redirects n times (302) to URLs.',
      example: '-sS -i URL/absolute-redirect/2',
      respond: request => countDown(request, true),
    },
    {
      path: '/redirect-to',
      methods: ANY_METHOD,
      summary: `Redirects to url with status_code (302). A path such as /get is one below ${PREFIX}.`,
      example: "-sS -i 'URL/redirect-to?url=https://example.com/&status_code=307'",
      respond: redirectTo,
    },
  ],
}

/** Creates a redirect to a path of the test endpoints. */
export function redirect(path: string, headers: readonly string[] = [], status = 302): Response {
  return empty(status, ['Location', `${PREFIX}${path}`, ...headers])
}

function countDown(request: EndpointRequest, isAbsolute: boolean): Response {
  const left = parseInteger('n', request.params.n ?? '', { min: 1, max: MAX_REDIRECTS }) - 1
  const path = left === 0 ? '/get' : `/${isAbsolute ? 'absolute' : 'relative'}-redirect/${left}`
  return isAbsolute ? empty(302, ['Location', `${prefixUrlOf(request)}${path}`]) : redirect(path)
}

function redirectTo({ parameters }: EndpointRequest): Response {
  const url = parameters.get('url') ?? ''
  if (url === '') throw new EndpointError(400, 'The parameter url is missing: /redirect-to?url=/get.')
  const status = parseInteger('status_code', parameters.get('status_code') || '302', { min: 300, max: 399 })
  if (!URL.canParse(url, 'http://localhost')) throw invalid('url', url, 'is not a URL')
  // A field has visible ASCII characters; `URL` also removes line breaks, which would end the field.
  const location = /^[\x21-\x7e]+$/.test(url) ? url : new URL(url, 'http://localhost').href
  return isOwnPath(location) ? redirect(location, [], status) : empty(status, ['Location', location])
}

/** `//name` is another host. */
function isOwnPath(location: string): boolean {
  return /^\/(?!\/)/.test(location) && !location.startsWith(`${PREFIX}/`)
}
