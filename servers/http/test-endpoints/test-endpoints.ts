/** The endpoints of `/test/`: for tests of HTTP clients, as httpbin has them. Loaded when they are first used. */

import { decodeParams, pathText } from '../request/target.ts'
import { UnreadableBody } from '../request/unreadable-body.ts'
import { type Response, textResponse } from '../response/response.ts'
import { chooseHandler, type Route, Router } from '../routes/router.ts'
import { authenticationEndpoints } from './authentication/endpoints.ts'
import { errorResponse } from './content.ts'
import { corsFields, preflightResponse } from './cors.ts'
import { type Endpoint, EndpointError, type EndpointGroup, type EndpointRequest, PREFIX } from './endpoint.ts'
import { indexPage } from './page/index-page.ts'
import { prefixUrlOf } from './requests/describe-request.ts'
import { requestEndpoints } from './requests/endpoints.ts'
import { cachingEndpoints } from './responses/caching.ts'
import { cookieEndpoints } from './responses/cookies.ts'
import { encodingEndpoints } from './responses/encodings.ts'
import { redirectEndpoints } from './responses/redirects.ts'
import { sampleEndpoints } from './responses/samples.ts'
import { statusEndpoints } from './responses/status.ts'
import { streamEndpoints } from './streams/streamed.ts'
import { timedEndpoints } from './streams/timed.ts'
import { Waits } from './waits.ts'
import { WebSocketEcho } from './websocket/echo.ts'

type Respond = Endpoint['respond']

export class TestEndpoints {
  readonly #waits = new Waits()
  readonly #echo = new WebSocketEcho()
  readonly groups: readonly EndpointGroup[]
  readonly #router: Router<Respond>

  constructor() {
    this.groups = [
      requestEndpoints,
      statusEndpoints,
      redirectEndpoints,
      cookieEndpoints,
      authenticationEndpoints(),
      cachingEndpoints(this.#waits),
      encodingEndpoints,
      streamEndpoints,
      timedEndpoints(this.#waits),
      this.#echo.endpoints,
      sampleEndpoints,
    ]
    const index: Route<Respond> = {
      path: '/',
      methods: { GET: request => indexPage(this.groups, prefixUrlOf(request)) },
    }
    this.#router = new Router([index, ...this.groups.flatMap(({ endpoints }) => endpoints.map(toRoute))])
  }

  /** Ends waits and WebSocket connections. */
  close(): void {
    this.#waits.close()
    this.#echo.close()
  }

  async respond(request: EndpointRequest): Promise<Response> {
    const { method, headers, path } = request
    if (path === PREFIX) return { status: 308, headers: ['Location', `${PREFIX}/`, 'Content-Length', '0'] }
    if (method === 'OPTIONS') return preflightResponse(headers)
    const response = await this.#respond(request)
    return response.upgrade ? response : { ...response, headers: [...response.headers, ...corsFields(headers)] }
  }

  async #respond(request: EndpointRequest): Promise<Response> {
    const match = this.#router.find(request.path.slice(PREFIX.length))
    if (!match) return textResponse(404, `There is no endpoint ${pathText(request.path)}. GET ${PREFIX}/ lists them.`)
    const handler = chooseEndpoint(request.method, match.route)
    if (typeof handler !== 'function') return handler
    try {
      return await handler({ ...request, params: decodeParams(match.params) })
    } catch (error) {
      if (error instanceof EndpointError) return errorResponse(error.status, error.message, error.headers)
      if (error instanceof UnreadableBody) return error.response
      throw error
    }
  }
}

function toRoute({ path, methods, respond }: Endpoint): Route<Respond> {
  return { path, methods: Object.fromEntries(methods.map(method => [method, respond])) }
}

/** An endpoint can have HEAD without GET. */
function chooseEndpoint(method: string, route: Route<Respond>): Respond | Response {
  return (method === 'HEAD' ? route.methods.HEAD : undefined) ?? chooseHandler(method, route)
}
