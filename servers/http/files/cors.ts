/** Lets pages of other origins read the files (the CORS protocol of the Fetch standard). Pure. */
import type { Response } from '../response/response.ts'

/** Seconds for which a browser may remember the response to its preflight request. */
const MAX_AGE_S = 600

const EXPOSED = ['Access-Control-Expose-Headers', '*'] as const

/** True for `*`, and for an origin as browsers send it: `https://app.example`, without a slash at its end. */
export function isAllowableOrigin(text: string): boolean {
  if (text === '*') return true
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

/** Which origins may read the responses. */
export class CorsPolicy {
  /** Header fields of every response, the same for all clients. */
  readonly commonFields: readonly string[]
  readonly isEnabled: boolean
  /** The origins that a response can name, if there are several: it then names that of the request. */
  readonly #origins: ReadonlySet<string>

  /** @param origins origins or `*`; empty for none */
  constructor(origins: readonly string[]) {
    this.isEnabled = origins.length > 0
    const [first] = origins
    const only = origins.includes('*') ? '*' : first
    const isFixed = only === '*' || origins.length === 1
    this.#origins = new Set(isFixed ? [] : origins)
    if (only === undefined) this.commonFields = []
    else if (isFixed) this.commonFields = [...allowField(only), ...EXPOSED]
    // A cache must not send the response to one origin to another one.
    else this.commonFields = [...EXPOSED, 'Vary', 'Origin']
  }

  /** Returns the header fields of the response to a request of this origin, in addition to those of every response. */
  ownFields(origin: string | undefined): readonly string[] {
    return origin !== undefined && this.#origins.has(origin) ? allowField(origin) : []
  }

  /** Responds to OPTIONS, also to a preflight request: pages may send GET and HEAD with any field but credentials. */
  preflightResponse(origin: string | undefined, allow: string): Response {
    const fields = ['Allow', allow, ...this.ownFields(origin), ...this.commonFields]
    const permissions = ['Access-Control-Allow-Methods', 'GET, HEAD', 'Access-Control-Allow-Headers', '*']
    return { status: 204, headers: [...fields, ...permissions, 'Access-Control-Max-Age', String(MAX_AGE_S)] }
  }
}

function allowField(origin: string): readonly string[] {
  return ['Access-Control-Allow-Origin', origin]
}

/** Adds the fields to a response that does not have them yet. */
export function withFields(response: Response, fields: readonly string[]): Response {
  const [name] = fields
  if (name === undefined || response.headers.includes(name)) return response
  return { ...response, headers: [...response.headers, ...fields] }
}
