/** The table of routes, and the rules common to all of them: known methods, HEAD, OPTIONS, 404, 405, 501. */
import { DNS_QUERY_PATH } from '../../../shared/dns/over-https.ts'
import type { Context } from '../../../shared/service.ts'
import { Files } from '../files/files.ts'
import type { RequestBody, RequestFields, RouteRequest } from '../request/request.ts'
import { parseTarget } from '../request/target.ts'
import { jsonResponse, type Response, textResponse } from '../response/response.ts'
import { DnsOverHttps } from './dns-query.ts'
import { MailRoutes } from './mail.ts'
import { allowField, type Match, type Route, Router } from './router.ts'

/** Synchronous if possible: a promise costs as much as the rest of a small response. */
type Handler = (request: RouteRequest) => Response | Promise<Response>

/** Every path that is not a file. A route takes precedence over a file of the same name. */
function routes(context: Context): readonly Route<Handler>[] {
  const mail = new MailRoutes(context.mail)
  const dns = new DnsOverHttps(context.nameServer)
  return [
    { path: DNS_QUERY_PATH, methods: { GET: request => dns.get(request), POST: request => dns.post(request) } },
    { path: '/healthz', methods: { GET: () => jsonResponse({ status: 'ok' }) } },
    { path: '/mail', methods: { GET: request => mail.list(request) } },
    { path: '/mail/:id', methods: { GET: request => mail.show(request) } },
  ]
}

/** The methods of RFC 9110. Any other method gets 501 instead of 405 (section 15.6.2). */
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])

export class Routes {
  readonly #router: Router<Handler>
  /** Handles every path that has no route. */
  readonly #files: Match<Handler>

  constructor(context: Context) {
    const files = new Files(context.files)
    this.#router = new Router(routes(context))
    this.#files = { route: { path: '/*', methods: { GET: request => files.respond(request) } }, params: {} }
  }

  /** Handles a validated request. */
  respond(method: string, url: string, headers: RequestFields, body: RequestBody): Response | Promise<Response> {
    const target = parseTarget(url)
    if (target.kind === 'invalid') return textResponse(400, target.reason)
    const match = target.kind === 'path' ? this.#router.find(target.path) : undefined
    const { route, params } = match ?? this.#files
    if (method === 'OPTIONS') return { status: 204, headers: ['Allow', allowField(route.methods)] }
    if (target.kind === 'server') return textResponse(400, 'Only OPTIONS can be about the server as such.')
    const handler = route.methods[method === 'HEAD' ? 'GET' : method]
    if (!handler) return methodNotAllowed(method, route)
    return handler({ method, path: target.path, query: target.query, headers, params, body })
  }
}

/** 405 for a known method that the route lacks, 501 for any other. */
function methodNotAllowed(method: string, { methods }: Route<Handler>): Response {
  if (!KNOWN_METHODS.has(method)) return textResponse(501, `This server does not know ${method}.`)
  return textResponse(405, `${method} is not possible here.`, ['Allow', allowField(methods)])
}
