/** Responses of the JSON API. Pure. */
import { contentResponse, type Response } from '../../response/response.ts'

export const NO_CONTENT: Response = { status: 204, headers: ['Cache-Control', 'no-store'] }

/** Creates a JSON response that no cache stores, since it depends on the session. */
export function json(value: unknown, { status = 200, headers = [] as readonly string[] } = {}): Response {
  const body = `${JSON.stringify(value, undefined, 2)}\n`
  return contentResponse(status, 'application/json', body, ['Cache-Control', 'no-store', ...headers])
}
