/** The table of routes. The application has its own, which are loaded with it. */
import { Lazy } from '../../../shared/async/lazy.ts'
import { DNS_QUERY_PATH } from '../../../shared/dns/over-https.ts'
import { isLoopback } from '../../../shared/net/address.ts'
import type { Context } from '../../../shared/service.ts'
import type { Application } from '../app/application.ts'
import { CorsPolicy } from '../files/cors.ts'
import { Files } from '../files/files.ts'
import type { HttpOptions } from '../options.ts'
import type { Request, RouteRequest } from '../request/request.ts'
import { parseTarget } from '../request/target.ts'
import { jsonResponse, type Response, textResponse } from '../response/response.ts'
import { ServerStubs } from '../stubs/server-stubs.ts'
import type { TestEndpoints } from '../test-endpoints/test-endpoints.ts'
import { applyConditions } from './conditions.ts'
import { DnsQueryRoutes } from './dns-query.ts'
import { MailRoutes } from './mail/mail-routes.ts'
import { ReadinessRoute } from './readiness.ts'
import { allowField, chooseHandler, type Match, type Route, Router } from './router.ts'

/** Responds synchronously if possible: a promise costs as much as the rest of a small response. */
type Handler = (request: RouteRequest) => Response | Promise<Response>

/** The paths that are not files. A route takes precedence over a file of the same name. */
function createRoutes(context: Context, mail: MailRoutes, readiness: ReadinessRoute): readonly Route<Handler>[] {
  const dns = new DnsQueryRoutes(context.nameServer)
  const usesStore = true
  return [
    { path: DNS_QUERY_PATH, methods: { GET: request => dns.get(request), POST: request => dns.post(request) } },
    { path: '/healthz', methods: { GET: () => jsonResponse({ status: 'ok' }) } },
    { path: '/readyz', usesStore, methods: { GET: () => readiness.get() } },
    {
      path: '/mail',
      usesStore,
      methods: { GET: request => mail.list(request), DELETE: request => mail.clear(request) },
    },
    { path: '/mail/events', usesStore, methods: { GET: request => mail.follow(request) } },
    {
      path: '/mail/:id',
      usesStore,
      methods: { GET: request => mail.show(request), DELETE: request => mail.delete(request) },
    },
    { path: '/mail/:id/raw', usesStore, methods: { GET: request => mail.raw(request) } },
    { path: '/mail/:id/attachments/:n', usesStore, methods: { GET: request => mail.attachment(request) } },
    { path: '/mail/:id/seen', usesStore, methods: { POST: request => mail.setSeen(request) } },
  ]
}

/** True for a path of the application, which is loaded when it is first used. */
function isApplicationPath(path: string): boolean {
  return /^\/(?:app|api)(?:\/|$)/.test(path)
}

/** True for a path of the test endpoints, which are loaded when they are first used. */
function isTestPath(path: string): boolean {
  return path === '/test' || path.startsWith('/test/')
}

export class Routes {
  readonly stubs: ServerStubs
  readonly #files: Files
  readonly #router: Router<Handler>
  /** Every other path, and `*`. */
  readonly #fallback: Match<Handler>
  readonly #mail: MailRoutes
  readonly #readiness: ReadinessRoute
  readonly #application: Lazy<Application>
  readonly #testEndpoints = new Lazy(async (): Promise<TestEndpoints> => {
    const { TestEndpoints } = await import('../test-endpoints/test-endpoints.ts')
    this.#loadedTestEndpoints = new TestEndpoints()
    return this.#loadedTestEndpoints
  })
  #loadedTestEndpoints: TestEndpoints | undefined

  constructor(context: Context, options: HttpOptions) {
    const { host, revalidate, cache, spa, sessionIdle, sessionLifetime, maxUpload, mailDomain } = options
    const cors = new CorsPolicy(options.cors)
    const files = new Files(context.files, { revalidation: revalidate, cacheRules: cache, cors, spa })
    this.#files = files
    const isOnLoopback = isLoopback(host) && !context.proxies
    this.#mail = new MailRoutes(context.store, isOnLoopback)
    this.#readiness = new ReadinessRoute(context.store)
    this.stubs = new ServerStubs({ trace: context.trace, log: context.log, file: options.stubs, isOnLoopback })
    this.#router = new Router([...createRoutes(context, this.#mail, this.#readiness), ...this.stubs.routes])
    const changeFile: Handler = async request => (await this.#application.get()).changeFile(request)
    const methods = { GET: (request: RouteRequest) => files.respond(request), PUT: changeFile, DELETE: changeFile }
    const preflight: Route<Handler>['methods'] = cors.isEnabled
      ? { OPTIONS: ({ headers }) => cors.preflightResponse(headers.origin?.toString(), allowField(methods)) }
      : {}
    this.#fallback = { route: { path: '/*', methods: { ...methods, ...preflight } }, params: {} }
    this.#application = new Lazy(async () => {
      const { Application } = await import('../app/application.ts')
      return new Application(context, {
        sessionTimes: { idle: sessionIdle, lifetime: sessionLifetime },
        maxUploadBytes: maxUpload,
        isOnLoopback,
        mailDomain,
      })
    })
  }

  /** Restores the state of the start, between two tests. */
  async reset(): Promise<void> {
    this.stubs.stubs.reset()
    const application = await this.#application.current
    application?.reset()
  }

  /** Ends responses that have no end of their own; the server is no longer ready. */
  close(): void {
    this.#readiness.close()
    this.#mail.close()
    this.#files.close()
    this.stubs.close()
    // At once, so that WebSocket clients get a close frame before the server ends their connections.
    this.#loadedTestEndpoints?.close()
    void this.#testEndpoints.current?.then(endpoints => endpoints.close())
  }

  /** True if the response can need the database: its statements then have the request as their cause, at a cost. */
  mayUseStore({ method, target }: Pick<Request, 'method' | 'target'>): boolean {
    // The function of a stub can use anything; PUT and DELETE of a file need an account.
    if (this.stubs.stubs.isActive || method === 'PUT' || method === 'DELETE') return true
    const parsed = parseTarget(target)
    if (parsed.kind !== 'path') return false
    return isApplicationPath(parsed.path) || this.#router.find(parsed.path)?.route.usesStore === true
  }

  respond(request: Request): Response | Promise<Response> {
    return this.stubs.stubs.isActive ? this.#respondWithStubs(request) : this.#respond(request)
  }

  #respondWithStubs(request: Request): Response | Promise<Response> {
    const target = parseTarget(request.target)
    if (target.kind === 'invalid' || target.kind === 'server') return this.#respond(request)
    return this.stubs.stubs.respond(request, target, inner => this.#respond(inner))
  }

  #respond(request: Request): Response | Promise<Response> {
    const ready = this.#files.readyResponse(request)
    if (ready) return ready
    const target = parseTarget(request.target)
    if (target.kind === 'invalid') return respondToInvalid(request, target.reason)
    if (target.kind === 'server') return respondToServer(request, this.#fallback)
    const { method, client, isSecure, body } = request
    const { path, query, authority } = target
    // RFC 9112, section 3.2.2: the authority of absolute-form takes the place of the Host field.
    const headers = authority === undefined ? request.headers : { ...request.headers, host: authority }
    if (isTestPath(path)) {
      return this.#respondFromTestEndpoints({ ...request, headers, path, query, params: {} })
    }
    if (target.kind === 'encoded-slash') return respondToInvalid(request, 'the path contains an encoded slash')
    if (isApplicationPath(path)) {
      return this.#respondFromApplication({ method, headers, client, isSecure, body, path, query, params: {} })
    }
    const { route, params } = this.#router.find(path) ?? this.#fallback
    const handler = chooseHandler(method, route)
    if (typeof handler !== 'function') return handler
    const response = handler({ method, headers, client, isSecure, body, path, query, params })
    // Files evaluate the conditions themselves.
    if (route === this.#fallback.route) return response
    const conditional = (value: Response) => applyConditions({ method, headers }, value, Date.now())
    return response instanceof Promise ? response.then(conditional) : conditional(response)
  }

  async #respondFromApplication(request: RouteRequest): Promise<Response> {
    const application = await this.#application.get()
    return application.respond(request)
  }

  async #respondFromTestEndpoints(request: RouteRequest & Pick<Request, 'target'>): Promise<Response> {
    const endpoints = await this.#testEndpoints.get()
    return endpoints.respond({ ...request, parameters: new URLSearchParams(request.query) })
  }
}

/** The target of CONNECT is an authority (RFC 9112, section 3.2.3), and the server is not a proxy. */
function respondToInvalid({ method }: Request, reason: string): Response {
  if (method !== 'CONNECT') return textResponse(400, `The request is invalid: ${reason}.`)
  return textResponse(405, 'CONNECT is not possible here.', ['Allow', 'GET, HEAD, OPTIONS', 'Connection', 'close'])
}

/** The target `*` is the server as a whole (RFC 9110, section 7.1). */
function respondToServer({ method }: Request, { route }: Match<Handler>): Response {
  if (method === 'OPTIONS') return { status: 204, headers: ['Allow', allowField(route.methods)] }
  return textResponse(400, 'Only OPTIONS accepts the target *.')
}
