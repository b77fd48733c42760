/**
 * Evaluates the conditions of requests whose handlers do not evaluate them: an origin server must (RFC 9110, sections 13.1 and
 * 13.2). Pure.
 */
import { parseEntityTags } from '../files/entity-tag.ts'
import { evaluatePreconditions, type Validators } from '../files/preconditions.ts'
import { parseHttpDate } from '../http-date.ts'
import { fieldOf } from '../http1/serialize.ts'
import type { RequestFields, RouteRequest } from '../request/request.ts'
import { closeBody, type Response, textResponse } from '../response/response.ts'

type ConditionalRequest = Pick<RouteRequest, 'method' | 'headers'>

/** The fields of a 200 response that a 304 response has too (RFC 9110, section 15.4.5). */
const VALIDATOR_FIELDS = new Set(['cache-control', 'content-location', 'etag', 'expires', 'last-modified', 'vary'])

/**
 * Returns the response to a GET or HEAD request: the given one, or 304 or 412. Conditions count only if the response without
 * them is successful (section 13.2.1).
 */
export function applyConditions({ method, headers }: ConditionalRequest, response: Response, now: number): Response {
  if (!isConditional(headers) || response.status !== 200 || (method !== 'GET' && method !== 'HEAD')) return response
  const result = evaluatePreconditions(method, headers, validatorsOf(response, now), now)
  if (result === 'proceed') return response
  void closeBody(response)
  if (result === 'failed') return preconditionFailed()
  return { status: 304, headers: validatorFields(response) }
}

/**
 * Returns the response to a request that would change a resource without an entity tag, if a condition is false: If-Match with
 * tags, because the change is for a version that the client knows (section 13.1.1), and `If-None-Match: *`, because the resource
 * exists (section 13.1.2). Call it when the request would succeed otherwise (section 13.2.1).
 */
export function refuseChange({ method, headers }: ConditionalRequest): Response | undefined {
  if (method === 'GET' || method === 'HEAD') return undefined
  // The resource of a POST can be one that it creates.
  const noneMatch = method === 'POST' ? undefined : headers['if-none-match']
  const conditions = { 'if-match': headers['if-match'], 'if-none-match': noneMatch }
  return evaluatePreconditions(method, conditions, {}, 0) === 'failed' ? preconditionFailed() : undefined
}

function validatorFields({ headers }: Response): string[] {
  const fields: string[] = []
  for (let index = 0; index < headers.length; index += 2) {
    if (VALIDATOR_FIELDS.has(String(headers[index]).toLowerCase())) fields.push(...headers.slice(index, index + 2))
  }
  return fields
}

const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'] as const

function isConditional(fields: RequestFields): boolean {
  return CONDITIONS.some(name => fields[name] !== undefined)
}

function validatorsOf(response: Response, now: number): Validators {
  const tags = parseEntityTags(fieldOf(response, 'etag') ?? '')
  const lastModified = parseHttpDate(fieldOf(response, 'last-modified') ?? '', now)
  return { etag: tags === '*' ? undefined : tags[0], lastModified }
}

function preconditionFailed(): Response {
  return textResponse(412, 'The resource does not meet the preconditions of the request.')
}
