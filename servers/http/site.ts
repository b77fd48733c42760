/** The table of routes, and what holds for all of them: which methods there are, HEAD, OPTIONS, 404, 405, 501. */
import { DNS_QUERY_PATH } from '../../shared/dns/over-https.ts'
import type { Context } from '../../shared/service.ts'
import { type Answer, type Fields, type Handler, json, page, type Rest } from './answer.ts'
import { DnsQueries } from './dns-query.ts'
import { Files } from './files.ts'
import { MailPages } from './mail.ts'
import { allowed, type Match, type Route, Router } from './router.ts'
import { parseTarget } from './target.ts'

/** Every path that is not a file's. They hide files of the same name. */
function routes(context: Context): readonly Route<Handler>[] {
  const mail = new MailPages(context.mail)
  const dns = new DnsQueries(context.nameServer)
  return [
    { path: DNS_QUERY_PATH, methods: { GET: request => dns.get(request), POST: request => dns.post(request) } },
    { path: '/healthz', methods: { GET: () => json({ status: 'ok' }) } },
    { path: '/mail', methods: { GET: request => mail.list(request) } },
    { path: '/mail/:id', methods: { GET: request => mail.show(request) } },
  ]
}

/** Methods that RFC 9110 defines; others are not implemented rather than not allowed (section 15.6.2). */
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])

export class Site {
  readonly #router: Router<Handler>
  /** What serves every path that has no route. */
  readonly #files: Match<Handler>

  constructor(context: Context) {
    const files = new Files(context.files)
    this.#router = new Router(routes(context))
    this.#files = { route: { path: '/*', methods: { GET: request => files.answer(request) } }, params: {} }
  }

  /** The answer to a request that is sound as such. */
  answer(method: string, targetText: string, headers: Fields, rest: Rest): Answer | Promise<Answer> {
    const target = parseTarget(targetText)
    if (target.kind === 'bad') return page(400, target.why)
    const match = target.kind === 'path' ? this.#router.find(target.path) : undefined
    const { route, params } = match ?? this.#files
    if (method === 'OPTIONS') return { status: 204, headers: ['Allow', allowed(route.methods)] }
    if (target.kind === 'server') return page(400, 'Only OPTIONS can be about the server as such.')
    const handler = route.methods[method === 'HEAD' ? 'GET' : method]
    if (!handler) return refuseMethod(method, route)
    return handler({ method, path: target.path, query: target.query, headers, params, rest })
  }
}

/** The answer to a method that the route does not have. */
function refuseMethod(method: string, { methods }: Route<Handler>): Answer {
  if (!KNOWN_METHODS.has(method)) return page(501, `This server does not know ${method}.`)
  return page(405, `${method} is not possible here.`, ['Allow', allowed(methods)])
}
