/** The table of routes, and the rules common to all of them: HEAD, OPTIONS, and 405 or 501 for other methods. */
import { DNS_QUERY_PATH } from '../../../shared/dns/over-https.ts'
import { isLoopback } from '../../../shared/net/address.ts'
import type { Context } from '../../../shared/service.ts'
import { Files } from '../files/files.ts'
import type { Request, RouteRequest } from '../request/request.ts'
import { parseTarget } from '../request/target.ts'
import { jsonResponse, type Response, textResponse } from '../response/response.ts'
import { DnsQueryRoutes } from './dns-query.ts'
import { MailRoutes } from './mail/mail-routes.ts'
import { allowField, type Match, type Route, Router } from './router.ts'

/** Responds synchronously if possible: a promise costs as much as the rest of a small response. */
type Handler = (request: RouteRequest) => Response | Promise<Response>

/** The paths that are not files. A route takes precedence over a file of the same name. */
function createRoutes(context: Context, mail: MailRoutes): readonly Route<Handler>[] {
  const dns = new DnsQueryRoutes(context.nameServer)
  return [
    { path: DNS_QUERY_PATH, methods: { GET: request => dns.get(request), POST: request => dns.post(request) } },
    { path: '/healthz', methods: { GET: () => jsonResponse({ status: 'ok' }) } },
    { path: '/mail', methods: { GET: request => mail.list(request), DELETE: request => mail.clear(request) } },
    { path: '/mail/events', methods: { GET: request => mail.follow(request) } },
    { path: '/mail/:id', methods: { GET: request => mail.show(request), DELETE: request => mail.delete(request) } },
    { path: '/mail/:id/raw', methods: { GET: request => mail.raw(request) } },
    { path: '/mail/:id/attachments/:n', methods: { GET: request => mail.attachment(request) } },
    { path: '/mail/:id/seen', methods: { POST: request => mail.setSeen(request) } },
  ]
}

/** The methods of RFC 9110 (section 9.3), and PATCH (RFC 5789). Any other method gets 501 instead of 405 (section 15.6.2). */
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])

export class Routes {
  readonly #router: Router<Handler>
  /** Every other path, and `*`. */
  readonly #fallback: Match<Handler>
  readonly #mail: MailRoutes

  /** @param host the address that the server listens on */
  constructor(context: Context, host: string) {
    const files = new Files(context.files)
    this.#mail = new MailRoutes(context.store, isLoopback(host))
    this.#router = new Router(createRoutes(context, this.#mail))
    this.#fallback = { route: { path: '/*', methods: { GET: request => files.respond(request) } }, params: {} }
  }

  /** Ends responses that have no end of their own. */
  close(): void {
    this.#mail.close()
  }

  respond(request: Request): Response | Promise<Response> {
    const { method, headers, client, body } = request
    const target = parseTarget(request.target)
    if (target.kind === 'invalid') return textResponse(400, target.reason)
    const match = target.kind === 'path' ? this.#router.find(target.path) : undefined
    const { route, params } = match ?? this.#fallback
    if (method === 'OPTIONS') return { status: 204, headers: ['Allow', allowField(route.methods)] }
    if (target.kind === 'server') return textResponse(400, 'Only OPTIONS accepts the target *.')
    const handler = route.methods[method === 'HEAD' ? 'GET' : method]
    if (!handler) return methodNotAllowed(method, route)
    const { path, query } = target
    return handler({ method, headers, client, body, path, query, params })
  }
}

function methodNotAllowed(method: string, { methods }: Route<Handler>): Response {
  if (!KNOWN_METHODS.has(method)) return textResponse(501, `This server does not know ${method}.`)
  return textResponse(405, `${method} is not possible here.`, ['Allow', allowField(methods)])
}
