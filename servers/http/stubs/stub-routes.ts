/** The routes below `/-/stubs`, for programs in other processes: add, list and remove stubs, and read the recorded requests. */
import { errorText, UsageError } from '../../../shared/errors.ts'
import { parseJson } from '../../../shared/parse-json.ts'
import type { RouteRequest } from '../request/request.ts'
import { jsonResponse, type Response, textResponse } from '../response/response.ts'
import { refuseChange } from '../routes/conditions.ts'
import { findForeignSite } from '../routes/mail/foreign-site.ts'
import { isResponse, parseParameters } from '../routes/mail/parameters.ts'
import { MAX_DEFINITION_BYTES } from './limits.ts'
import { parseDefinition, parseDefinitions, type StubDefinition } from './parse-stubs.ts'
import { matchPattern, parsePattern } from './pattern.ts'
import { mediaTypeOf, viewRequest } from './received-request.ts'
import type { Stub } from './stub.ts'
import type { LoggedRequest, Stubs } from './stubs.ts'

/** Requests of one response: the newest ones. */
const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000
/** Bytes of a body that a response quotes. */
const MAX_QUOTED_BYTES = 64 * 1024

export class StubRoutes {
  readonly #stubs: Stubs
  readonly #isOpen: boolean

  /** @param isOpen true if only programs on this machine can reach the server */
  constructor(stubs: Stubs, isOpen: boolean) {
    this.#stubs = stubs
    this.#isOpen = isOpen
  }

  /** `GET /-/stubs`: those that take precedence are last. */
  list(request: RouteRequest): Response {
    return this.#handle(request, () => jsonResponse(this.#stubs.all.map(describeStub)))
  }

  /** `POST /-/stubs` with one stub, or with the content of a file of stubs. */
  async add(request: RouteRequest): Promise<Response> {
    const refusal = this.#checkAccess(request) ?? refuseChange(request)
    if (refusal) return refusal
    const body = await request.body.read(MAX_DEFINITION_BYTES)
    if (!Buffer.isBuffer(body)) return body
    return this.#handle(request, () => {
      const stubs = this.#stubs.add('http', parseBody(body))
      return { ...jsonResponse(stubs.map(describeStub)), status: 201 }
    })
  }

  /** `DELETE /-/stubs`: removes all stubs but those of the file, and forgets the requests. */
  reset(request: RouteRequest): Response {
    return this.#handle(request, () => {
      const refusal = refuseChange(request)
      if (refusal) return refusal
      const before = this.#stubs.all.length
      this.#stubs.reset()
      return jsonResponse({ deleted: before - this.#stubs.all.length })
    })
  }

  /** `DELETE /-/stubs/:id` */
  remove(request: RouteRequest): Response {
    return this.#handle(request, () => {
      const { id = '' } = request.params
      const stub = this.#stubs.all.find(stub => stub.id === id)
      if (!stub) return textResponse(404, `There is no stub ${id}.`)
      if (stub.origin === 'file') return textResponse(409, `The stub ${id} is one of a file. Remove it there.`)
      const refusal = refuseChange(request)
      if (refusal) return refusal
      this.#stubs.remove(stub)
      return { status: 204, headers: [] }
    })
  }

  /** `GET /-/stubs/requests?request=PATTERN&limit=N`: oldest first. */
  requests(request: RouteRequest): Response {
    return this.#handle(request, () => {
      const parameters = parseParameters(request.query, ['request', 'limit'])
      if (isResponse(parameters)) return parameters
      const { request: text, limit = String(DEFAULT_LIMIT) } = parameters
      if (!/^[1-9]\d{0,3}$/.test(limit) || Number(limit) > MAX_LIMIT) {
        return textResponse(400, `The limit must be a number from 1 to ${MAX_LIMIT}, not ${limit}`)
      }
      const pattern = text === undefined ? undefined : parsePattern(text)
      const matching = this.#stubs.log.entries.filter(entry => !pattern || matchPattern(pattern, entry))
      return jsonResponse(matching.slice(-Number(limit)).map(describeRequest))
    })
  }

  #handle(request: RouteRequest, work: () => Response): Response {
    const refusal = this.#checkAccess(request)
    if (refusal) return refusal
    try {
      return work()
    } catch (error) {
      if (error instanceof UsageError) return textResponse(400, errorText(error))
      throw error
    }
  }

  #checkAccess({ headers }: RouteRequest): Response | undefined {
    if (!this.#isOpen) return textResponse(403, 'Stubs are available only if the server listens on loopback.')
    const foreign = findForeignSite(headers)
    if (foreign === undefined) return undefined
    return textResponse(403, `The request is from a foreign web site (${foreign}). Use the address of this server.`)
  }
}

/** @throws UsageError if the body is not valid */
function parseBody(body: Buffer): StubDefinition[] {
  const json = parseJson(body.toString('utf8'))
  const isList = typeof json === 'object' && json !== null && 'stubs' in json
  return isList ? parseDefinitions(json) : [parseDefinition(json)]
}

function describeStub({ id, origin, description, calls, expected }: Stub): object {
  return { id, request: description, responses: expected, calls, origin }
}

function describeRequest(entry: LoggedRequest): object {
  const { method, path, query, headers, json, form, time, client, conversationId, conversation } = viewRequest(
    entry,
    {},
  )
  const { body } = entry
  const isShort = body.length <= MAX_QUOTED_BYTES
  return {
    method,
    path,
    query,
    headers,
    ...quoteBody(entry),
    ...(isShort && json !== undefined && { json }),
    ...(form && { form }),
    size: body.length,
    ...(!isShort && { truncated: true }),
    time,
    client,
    stub: entry.stub?.id ?? null,
    conversationId,
    conversation,
  }
}

/** Returns the body as text, or in base64 if it is not UTF-8. */
function quoteBody({ body, headers }: LoggedRequest): object {
  const quoted = body.subarray(0, MAX_QUOTED_BYTES)
  const text = quoted.toString('utf8')
  const isText = !text.includes('\uFFFD') || mediaTypeOf(headers).startsWith('text/')
  return isText ? { text } : { base64: quoted.toString('base64') }
}
