/** The table of routes: which handler a path and a method belong to. */

/** A path of literal segments and `:name` ones (`/mail/:id`), and what it can do. */
export interface Route<Handler> {
  readonly path: string
  /** By method. Who has GET has HEAD, and everybody has OPTIONS. */
  readonly methods: Readonly<Record<string, Handler>>
}

export interface Match<Handler> {
  readonly route: Route<Handler>
  readonly params: Readonly<Record<string, string>>
}

const NO_PARAMS = Object.freeze({})

export class Router<Handler> {
  readonly #exact = new Map<string, Match<Handler>>()
  readonly #patterns: { readonly segments: readonly string[]; readonly route: Route<Handler> }[] = []

  constructor(routes: readonly Route<Handler>[]) {
    for (const route of routes) {
      if (route.path.includes(':')) this.#patterns.push({ segments: route.path.split('/'), route })
      else this.#exact.set(route.path, { route, params: NO_PARAMS })
    }
  }

  /** The route of a decoded path; literal ones come before those with a `:name`. */
  find(path: string): Match<Handler> | undefined {
    const exact = this.#exact.get(path)
    if (exact) return exact
    for (const { segments, route } of this.#patterns) {
      const params = matchSegments(segments, path)
      if (params) return { route, params }
    }
    return undefined
  }
}

function matchSegments(segments: readonly string[], path: string): Record<string, string> | undefined {
  // Cheap to refuse: this is asked for every file that is served.
  if (!path.startsWith(`/${segments[1] ?? ''}`) && !segments[1]?.startsWith(':')) return undefined
  const given = path.split('/')
  if (given.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, segment] of segments.entries()) {
    const value = given[index] ?? ''
    if (segment.startsWith(':') && value !== '') params[segment.slice(1)] = value
    else if (segment !== value) return undefined
  }
  return params
}

/** The value of an Allow field. */
export function allowed(methods: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(methods).flatMap(name => (name === 'GET' ? ['GET', 'HEAD'] : [name]))
  return [...new Set([...names, 'OPTIONS'])].join(', ')
}
