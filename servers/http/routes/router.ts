/** Matches paths against a table of routes. Pure. */

/** A path with literal and `:name` segments (`/mail/:id`), and its handlers. */
export interface Route<Handler> {
  readonly path: string
  /** Handlers by method. A route with GET also has HEAD; every route has OPTIONS. */
  readonly methods: Readonly<Record<string, Handler>>
}

export interface Match<Handler> {
  readonly route: Route<Handler>
  /** Values of the `:name` segments. */
  readonly params: Readonly<Record<string, string>>
}

export class Router<Handler> {
  readonly #exact = new Map<string, Match<Handler>>()
  readonly #patterns: { readonly pattern: RegExp; readonly route: Route<Handler> }[] = []

  constructor(routes: readonly Route<Handler>[]) {
    for (const route of routes) {
      if (route.path.includes(':')) this.#patterns.push({ pattern: patternOf(route.path), route })
      else this.#exact.set(route.path, { route, params: {} })
    }
  }

  /** Finds the route of a decoded path; literal routes take precedence. */
  find(path: string): Match<Handler> | undefined {
    const exact = this.#exact.get(path)
    if (exact) return exact
    for (const { pattern, route } of this.#patterns) {
      const match = pattern.exec(path)
      if (match) return { route, params: { ...match.groups } }
    }
    return undefined
  }
}

function patternOf(path: string): RegExp {
  const literal = path.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return new RegExp(`^${literal.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`)
}

/** The value of an Allow field. */
export function allowField(methods: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(methods).flatMap(name => (name === 'GET' ? ['GET', 'HEAD'] : [name]))
  return [...new Set([...names, 'OPTIONS'])].join(', ')
}
