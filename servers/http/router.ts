/** The table of routes: which handler a path and a method belong to. Pure. */

/** A path of literal segments and `:name` ones (`/mail/:id`), and what it can do. */
export interface Route<Handler> {
  readonly path: string
  /** By method. Who has GET has HEAD, and everybody has OPTIONS. */
  readonly methods: Readonly<Record<string, Handler>>
}

export interface Match<Handler> {
  readonly route: Route<Handler>
  /** What stands for the `:name` segments. */
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

  /** The route of a decoded path; literal ones come before those with a `:name`. */
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
export function allowed(methods: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(methods).flatMap(name => (name === 'GET' ? ['GET', 'HEAD'] : [name]))
  return [...new Set([...names, 'OPTIONS'])].join(', ')
}
