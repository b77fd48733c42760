/** Serves the files under `DATA/www`: looks up a path and responds with the file, a listing or an error. */
import type { FileTree } from '../../../shared/files/file-tree.ts'
import type { Request, RequestFields, RouteRequest } from '../request/request.ts'
import { encodePath } from '../request/target.ts'
import { type Response, textResponse } from '../response/response.ts'
import { unavailable } from '../response/store-failure.ts'
import { requestsPage } from './accept.ts'
import { cacheControl, parseCacheRule } from './cache-rules.ts'
import { CorsPolicy, withFields } from './cors.ts'
import { FileCache } from './file-cache.ts'
import { FileResponder } from './file-responder.ts'
import { Freshness, type Revalidation } from './freshness.ts'
import { isHiddenPath } from './hidden-path.ts'
import { listingResponse } from './listing-response.ts'
import { failureFromError, type LookupFailure, lookUp } from './look-up.ts'
import { readFolder } from './read-folder.ts'
import { ReadyContent } from './ready-content.ts'

/** The page of an application that shows its pages by itself. */
const FALLBACK = '/index.html'
/** A client that accepts no page gets another response (RFC 9110, section 12.5.5). */
const BY_ACCEPT = ['Vary', 'Accept']

/** Bounds the attempts to open a file that changes between lookup and open. */
const MAX_ATTEMPTS = 5

export interface FilesOptions {
  /** Default: `interval`. */
  readonly revalidation?: Revalidation
  /** How long a change by another program can stay unnoticed. Default: a second. */
  readonly periodMs?: number
  /** How long caches may keep files; by default, they must revalidate. */
  readonly cacheRules?: readonly string[]
  /** Which origins' pages may read files. Default: none. */
  readonly cors?: CorsPolicy
  /** True sends /index.html for a page that does not exist. */
  readonly spa?: boolean
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number
}

export class Files {
  readonly #tree: FileTree
  readonly #freshness: Freshness
  readonly #cache: FileCache
  readonly #responder: FileResponder
  readonly #cors: CorsPolicy
  readonly #hasFallback: boolean

  constructor(tree: FileTree, options: FilesOptions = {}) {
    const { revalidation = 'interval', periodMs, cacheRules = [], spa = false, now = Date.now } = options
    this.#tree = tree
    this.#cors = options.cors ?? new CorsPolicy([])
    this.#hasFallback = spa
    this.#freshness = new Freshness(tree, revalidation, periodMs)
    this.#cache = new FileCache(this.#freshness)
    const rules = cacheRules.map(parseCacheRule).filter(rule => rule !== undefined)
    this.#responder = new FileResponder(tree, this.#cache, {
      cacheControlOf: path => cacheControl(rules, path),
      commonFields: this.#cors.commonFields,
      now,
    })
  }

  close(): void {
    this.#freshness.close()
  }

  /** Returns the response to the most frequent requests, before their target is parsed; undefined for any other. */
  readyResponse({ method, target, headers }: Request): Response | undefined {
    if (this.#ownFields(headers).length > 0) return undefined
    const selected = this.#cache.get(target)?.select(headers['accept-encoding'])
    return selected instanceof ReadyContent ? selected.readyResponse(method, headers) : undefined
  }

  /** Responds to GET or HEAD; synchronously if the file is cached. */
  respond(request: RouteRequest): Response | Promise<Response> {
    const fields = this.#ownFields(request.headers)
    const response = this.#respond(request)
    if (fields.length === 0) return response
    return response instanceof Promise ? response.then(found => extend(found, fields)) : extend(response, fields)
  }

  /** Returns the header fields that only the response to this request has. */
  #ownFields({ origin }: RequestFields): readonly string[] {
    return typeof origin === 'string' ? this.#cors.ownFields(origin) : []
  }

  #respond(request: RouteRequest): Response | Promise<Response> {
    const cached = this.#cache.get(request.path)
    return cached ? this.#responder.respondFromMemory(request, cached) : this.#respondFromDisk(request)
  }

  async #respondFromDisk(request: RouteRequest): Promise<Response> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      // A file can disappear or become unreadable in lookup or in open; the response is the same.
      const response = await this.#tryRespond(request).catch((error: unknown) =>
        this.#respondToFailure(request, failureFromError(error)),
      )
      if (response) return withFields(response, this.#cors.commonFields)
    }
    return textResponse(503, `${encodePath(request.path)} is being written.`, ['Retry-After', '1'])
  }

  /** Returns undefined if the file has changed since the lookup. */
  async #tryRespond(request: RouteRequest): Promise<Response | undefined> {
    const period = this.#freshness.beginCheck()
    const result = await lookUp(this.#tree, request.path)
    if (result.kind === 'file') return this.#responder.respond(request, result, period)
    if (result.kind !== 'folder') return this.#respondToFailure(request, result)
    return listingResponse(request, await readFolder(this.#tree, request.path), this.#cors.commonFields)
  }

  async #respondToFailure(request: RouteRequest, failure: LookupFailure): Promise<Response> {
    if (!this.#hasFallback || failure.kind !== 'not-found') return failureResponse(request, failure)
    if (isPageRequest(request)) {
      const response = await this.#respond({ ...request, path: FALLBACK })
      if (response.status !== 404) return extend(response, BY_ACCEPT)
    }
    return extend(failureResponse(request, failure), BY_ACCEPT)
  }
}

/** Returns the response with more fields. It is no longer the same for all clients. */
function extend({ shared: _, ...response }: Response, fields: readonly string[]): Response {
  return { ...response, headers: [...response.headers, ...fields] }
}

/** True for a request of a page: its last name has no extension, and a browser has sent it. */
function isPageRequest({ path, headers }: RouteRequest): boolean {
  return !path.slice(path.lastIndexOf('/')).includes('.') && requestsPage(headers.accept) && !isHiddenPath(path)
}

function failureResponse(request: RouteRequest, { kind }: LookupFailure): Response {
  if (kind === 'slash-missing') return redirectToFolder(request)
  if (kind === 'busy') return unavailable('Too many files are open. Try again later.')
  if (kind === 'forbidden') return textResponse(403, `${encodePath(request.path)} may not be read.`)
  return textResponse(404, `There is nothing at ${encodePath(request.path)}`)
}

function redirectToFolder({ path, query }: RouteRequest): Response {
  const location = `${encodePath(path)}/${query === '' ? '' : `?${query}`}`
  return textResponse(301, `It is at ${location}`, ['Location', location])
}
