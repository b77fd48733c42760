/** Matches paths against a table of routes, and methods against a route. Pure. */
import { type Response, textResponse } from '../response/response.ts'

/** A path with literal and `:name` segments (`/mail/:id`), or with the rest of a path as its end (`/files/*path`), and its handlers. */
export interface Route<Handler> {
  readonly path: string
  /** Handlers by method. A route with GET also has HEAD; every route has OPTIONS. */
  readonly methods: Readonly<Record<string, Handler>>
  /** True if a handler can send statements to the database, which the trace shows as caused by the request. */
  readonly usesStore?: boolean
}

export interface Match<Handler> {
  readonly route: Route<Handler>
  /** Values of the `:name` segments, and of `*name`. */
  readonly params: Readonly<Record<string, string>>
}

export class Router<Handler> {
  readonly #literals = new Map<string, Match<Handler>>()
  /** The patterns by their first segment (`/mail`), or under the empty text if that is a pattern: few are tried for a path. */
  readonly #patterns = new Map<string, { readonly pattern: RegExp; readonly route: Route<Handler> }[]>()

  constructor(routes: readonly Route<Handler>[]) {
    for (const route of routes) {
      if (/[:*]/.test(route.path)) this.#addPattern(route)
      else this.#literals.set(route.path, { route, params: {} })
    }
  }

  /** Finds the route of a decoded path. A path without `:name` segments takes precedence. */
  find(path: string): Match<Handler> | undefined {
    const literal = this.#literals.get(path)
    if (literal) return literal
    return this.#findPattern(firstSegment(path), path) ?? this.#findPattern('', path)
  }

  #findPattern(segment: string, path: string): Match<Handler> | undefined {
    for (const { pattern, route } of this.#patterns.get(segment) ?? []) {
      const match = pattern.exec(path)
      if (match) return { route, params: { ...match.groups } }
    }
    return undefined
  }

  #addPattern(route: Route<Handler>): void {
    const first = firstSegment(route.path)
    const segment = /[:*]/.test(first) ? '' : first
    const entry = { pattern: patternOf(route.path), route }
    const patterns = this.#patterns.get(segment)
    if (patterns) patterns.push(entry)
    else this.#patterns.set(segment, [entry])
  }
}

function firstSegment(path: string): string {
  const end = path.indexOf('/', 1)
  return end === -1 ? path : path.slice(0, end)
}

/** Returns the expression of a path: its groups are the `:name` segments, and `*name` at its end. */
export function patternOf(path: string): RegExp {
  const literal = path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return new RegExp(`^${literal.replace(/\/:(\w+)/g, '/(?<$1>[^/]+)').replace(/\/\\\*(\w+)$/, '/(?<$1>.*)')}$`, 's')
}

/** Returns the value of the Allow field. */
export function allowField(methods: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(methods).flatMap(name => (name === 'GET' ? ['GET', 'HEAD'] : [name]))
  return [...new Set([...names, 'OPTIONS'])].join(', ')
}

/** The methods of RFC 9110 (section 9.3), and PATCH (RFC 5789). Any other method gets 501 instead of 405 (section 15.6.2). */
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])

/** Returns the handler of a method, or the response if there is none: to OPTIONS, 405 or 501. */
export function chooseHandler<Handler extends (...parameters: never[]) => unknown>(
  method: string,
  { methods }: Route<Handler>,
): Handler | Response {
  const handler = methods[method === 'HEAD' ? 'GET' : method]
  if (handler) return handler
  if (method === 'OPTIONS') return { status: 204, headers: ['Allow', allowField(methods)] }
  if (!KNOWN_METHODS.has(method)) return textResponse(501, `This server does not know ${method}.`)
  return textResponse(405, `${method} is not possible here.`, ['Allow', allowField(methods)])
}
