/** Lets pages of another origin read the files (the CORS protocol of the Fetch standard). Pure. */
import type { Response } from '../response/response.ts'

/** Seconds for which a browser may remember the response to its preflight request. */
const MAX_AGE_S = 600

/** True for `*`, and for an origin as browsers send it: `https://app.example`, without a slash at its end. */
export function isAllowableOrigin(text: string): boolean {
  if (text === '*') return true
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

/** Returns the header fields of every response that the origin may read. The same for all clients, so that it need not vary. */
export function corsFields(origin: string): readonly string[] {
  return ['Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', '*']
}

/** Adds the fields to a response that does not have them yet. */
export function withFields(response: Response, fields: readonly string[]): Response {
  const [name] = fields
  if (name === undefined || response.headers.includes(name)) return response
  return { ...response, headers: [...response.headers, ...fields] }
}

/** Responds to OPTIONS, also to a preflight request: pages may send GET and HEAD with any field but credentials. */
export function preflightResponse(origin: string, allow: string): Response {
  const fields = ['Allow', allow, ...corsFields(origin), 'Access-Control-Allow-Methods', 'GET, HEAD']
  const permissions = ['Access-Control-Allow-Headers', '*', 'Access-Control-Max-Age', String(MAX_AGE_S)]
  return { status: 204, headers: [...fields, ...permissions] }
}
