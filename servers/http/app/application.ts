/**
 * The application: the middle of three tiers. A browser or program is the client, the database is the third tier. HTML is under
 * `/app/`, the same as JSON under `/api/`.
 *
 * - A request is routed, its origin checked, its session and account read from the database, then handled.
 * - `sign-in/`, `notices/`, `mailbox/` and `files/` have the features, each with `operations.ts` (JSON) and `pages.ts` (HTML); `api/` describes the
 *   operations as OpenAPI; `request/` parses and authenticates; `pages/` has what all pages share.
 */
import type { Context } from '../../../shared/service.ts'
import type { SessionTimes, SignedIn } from '../../../shared/store/sessions.ts'
import type { RouteRequest } from '../request/request.ts'
import { contentResponse, type Response, textResponse } from '../response/response.ts'
import { applyConditions, refuseChange } from '../routes/conditions.ts'
import { findForeignSite } from '../routes/mail/foreign-site.ts'
import { chooseHandler, type Route, Router } from '../routes/router.ts'
import { describeApi } from './api/openapi.ts'
import { defineOpenOperation, type Operation } from './api/operation.ts'
import { json } from './api/responses.ts'
import { changeFileAtPath } from './files/file-at-path.ts'
import { fileOperations } from './files/operations.ts'
import { filePages } from './files/pages.ts'
import { MailContext } from './mailbox/mail-context.ts'
import { mailOperations } from './mailbox/operations.ts'
import { mailPages } from './mailbox/pages.ts'
import { noticeOperations } from './notices/operations.ts'
import { noticePages } from './notices/pages.ts'
import { errorPage } from './pages/error-page.ts'
import { redirect } from './pages/page.ts'
import type { PageRoute } from './pages/page-route.ts'
import { STYLE_SHEET } from './pages/style.ts'
import { Problem, problemResponse } from './problem.ts'
import type { AppContext, OpenCall } from './request/call.ts'
import { isForgery } from './request/cross-origin.ts'
import { readSessionToken } from './request/session-cookie.ts'
import { AttemptLimiter } from './sign-in/attempt-limiter.ts'
import { signInPath } from './sign-in/next-path.ts'
import { sessionOperations } from './sign-in/operations.ts'
import { signInPages } from './sign-in/pages.ts'
import { toProblem } from './to-problem.ts'

const OPERATIONS: readonly Operation[] = [
  ...sessionOperations,
  ...noticeOperations,
  ...mailOperations,
  ...fileOperations,
]
const PAGES: readonly PageRoute[] = [...signInPages, ...noticePages, ...mailPages, ...filePages]

type Handler = (call: OpenCall) => Promise<Response>

export interface ApplicationOptions {
  readonly sessionTimes: SessionTimes
  /** Bytes of one upload. */
  readonly maxUploadBytes: number
  /** True if the server listens on loopback only: then a name that is not local is that of a foreign web site. */
  readonly isOnLoopback: boolean
  /** The domain of the addresses from which accounts send mail. */
  readonly mailDomain: string
}

export class Application {
  readonly #context: Context
  readonly #options: ApplicationOptions
  readonly #attempts = new AttemptLimiter()
  readonly #mail: MailContext
  readonly #router: Router<Handler>

  constructor(context: Context, options: ApplicationOptions) {
    this.#context = context
    this.#options = options
    this.#mail = new MailContext(options.mailDomain, context)
    this.#router = new Router(createRoutes())
  }

  /** Forgets failed sign-ins, between two tests. */
  reset(): void {
    this.#attempts.clear()
  }

  async respond(request: RouteRequest): Promise<Response> {
    let client: SignedIn | undefined
    try {
      const match = this.#router.find(request.path)
      if (!match) throw new Problem(404, 'The application has nothing at this path. /api/openapi.json lists the API.')
      const handler = chooseHandler(request.method, match.route)
      if (typeof handler !== 'function') return withoutHandler(handler)
      this.#checkOrigin(request)
      const app = await this.#appContext()
      client = await findClient(request, app)
      const response = await handler({ request: { ...request, params: match.params }, app, client })
      const checked = applyConditions(request, response, Date.now())
      if (checked.detail !== undefined && checked !== response) throw new Problem(checked.status, checked.detail)
      return checked
    } catch (error) {
      const problem = toProblem(error)
      if (!problem) throw error
      return /^\/api(?:\/|$)/.test(request.path) ? problemResponse(problem) : errorPage(problem, client)
    }
  }

  /** Responds to PUT or DELETE at the path of a file, outside the application. */
  async changeFile(request: RouteRequest): Promise<Response> {
    try {
      this.#checkOrigin(request)
      const app = await this.#appContext()
      return await changeFileAtPath({ request, app, client: await findClient(request, app) })
    } catch (error) {
      const problem = toProblem(error)
      if (!problem) throw error
      return textResponse(problem.status, problem.detail, problem.headers)
    }
  }

  /** @throws Problem 403 for a request that another site makes a browser send */
  #checkOrigin({ method, headers }: RouteRequest): void {
    const foreign = this.#options.isOnLoopback ? findForeignSite(headers) : undefined
    if (foreign !== undefined) throw new Problem(403, `The request is from a foreign web site (${foreign}).`)
    if (isForgery(method, headers)) throw new Problem(403, 'The request is from another web site.')
  }

  async #appContext(): Promise<AppContext> {
    const store = await this.#context.store.open()
    const { sessionTimes, maxUploadBytes } = this.#options
    const { files, directory } = this.#context
    const [attempts, mail] = [this.#attempts, this.#mail]
    return { store, sessionTimes, maxUploadBytes, attempts, files, mail, endpoints: directory.endpoints() }
  }
}

/** The response to OPTIONS, or the problem of a method that the path does not have. */
function withoutHandler(response: Response): Response {
  const { status, detail, headers } = response
  if (detail === undefined) return response
  const allow = headers.indexOf('Allow')
  throw new Problem(status, detail, { headers: allow < 0 ? [] : headers.slice(allow, allow + 2) })
}

async function findClient({ headers, isSecure }: RouteRequest, { store, sessionTimes }: AppContext) {
  const token = readSessionToken(headers, isSecure)
  return token === undefined ? undefined : store.sessions.find(token, sessionTimes)
}

function createRoutes(): Route<Handler>[] {
  const description = describeApi(OPERATIONS, { name: 'Fourwire', version: '1' })
  const describe = defineOpenOperation({
    id: 'describeApi',
    method: 'GET',
    path: '/api/openapi.json',
    summary: 'this description',
    response: { status: 200, description: 'OpenAPI 3.1' },
    handle: async () => json(description),
  })
  return [
    { path: '/app', methods: { GET: showHome } },
    { path: '/app/', methods: { GET: showHome } },
    { path: '/app/style.css', methods: { GET: async () => styleSheet() } },
    ...PAGES.map(pageRoute),
    ...operationRoutes([...OPERATIONS, describe]),
  ]
}

async function showHome({ client }: OpenCall): Promise<Response> {
  return redirect(client ? '/app/notices' : '/app/sign-in')
}

function styleSheet(): Response {
  return contentResponse(200, 'text/css; charset=utf-8', STYLE_SHEET, ['Cache-Control', 'max-age=300'])
}

function pageRoute(page: PageRoute): Route<Handler> {
  if (page.access === 'open') return page
  const { path, methods } = page
  const requireClient =
    (handler: (typeof methods)['GET'] & object): Handler =>
    async call => {
      if (call.client) return handler({ ...call, client: call.client })
      const { method, path: requested, query } = call.request
      return redirect(
        signInPath(method === 'GET' || method === 'HEAD' ? `${requested}${query && `?${query}`}` : '/app'),
      )
    }
  return { path, methods: mapValues(methods, requireClient) }
}

function mapValues<Value, Result>(record: Readonly<Record<string, Value>>, map: (value: Value) => Result) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}

/** One route for each path, with all operations on it. */
function operationRoutes(operations: readonly Operation[]): Route<Handler>[] {
  const byPath = new Map<string, Record<string, Handler>>()
  for (const operation of operations) {
    const methods = byPath.get(operation.path) ?? {}
    methods[operation.method] = call => handleOperation(operation, call)
    byPath.set(operation.path, methods)
  }
  return [...byPath].map(([path, methods]) => ({ path, methods }))
}

async function handleOperation(operation: Operation, call: OpenCall): Promise<Response> {
  const { client } = call
  const refusal = operation.evaluatesConditions ? undefined : refuseChange(call.request)
  if (refusal && (client || operation.access === 'open')) throw new Problem(refusal.status, refusal.detail ?? '')
  if (operation.access === 'open') return operation.handle(call)
  if (client) return operation.handle({ ...call, client })
  // A browser shows a dialog for credentials if it knows the scheme; it does not know this one.
  const headers = ['WWW-Authenticate', 'Session']
  throw new Problem(401, 'Sign in first: POST /api/sign-in with user and password sets a cookie.', { headers })
}
