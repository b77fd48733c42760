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
  readonly #literals = new Map<string, Match<Handler>>()
  readonly #patterns: { readonly pattern: RegExp; readonly route: Route<Handler> }[] = []

  constructor(routes: readonly Route<Handler>[]) {
    for (const route of routes) {
      if (route.path.includes(':')) this.#patterns.push({ pattern: patternOf(route.path), route })
      else this.#literals.set(route.path, { route, params: {} })
    }
  }

  /** Finds the route of a decoded path. A path without `:name` segments takes precedence. */
  find(path: string): Match<Handler> | undefined {
    const literal = this.#literals.get(path)
    if (literal) return literal
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

/** Returns the value of the Allow field. */
export function allowField(methods: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(methods).flatMap(name => (name === 'GET' ? ['GET', 'HEAD'] : [name]))
  return [...new Set([...names, 'OPTIONS'])].join(', ')
}
