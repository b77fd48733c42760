/** Serves the files under `DATA/www`: looks up a path and responds with the file, a listing or an error. */
import type { FileTree } from '../../../shared/files/file-tree.ts'
import type { Request, RouteRequest } from '../request/request.ts'
import { encodePath } from '../request/target.ts'
import { type Response, textResponse } from '../response/response.ts'
import { FileCache } from './file-cache.ts'
import { FileResponder } from './file-responder.ts'
import { Freshness, type Revalidation } from './freshness.ts'
import { listingResponse } from './listing-response.ts'
import { failureFromError, type LookupFailure, lookUp } from './look-up.ts'
import { readFolder } from './read-folder.ts'
import { ReadyContent } from './ready-content.ts'
import { DEFAULT_FIELDS } from './representation.ts'

/** Bounds the attempts to open a file that changes between lookup and open. */
const MAX_ATTEMPTS = 5

export interface FilesOptions {
  /** Default: `interval`. */
  readonly revalidation?: Revalidation
  /** How long a change by another program can stay unnoticed. Default: a second. */
  readonly periodMs?: number
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number
}

export class Files {
  readonly #tree: FileTree
  readonly #freshness: Freshness
  readonly #cache: FileCache
  readonly #responder: FileResponder

  constructor(tree: FileTree, { revalidation = 'interval', periodMs, now = Date.now }: FilesOptions = {}) {
    this.#tree = tree
    this.#freshness = new Freshness(tree, revalidation, periodMs)
    this.#cache = new FileCache(this.#freshness)
    this.#responder = new FileResponder(tree, this.#cache, { fieldsOf: () => DEFAULT_FIELDS, now })
  }

  close(): void {
    this.#freshness.close()
  }

  /** Returns the response to the most frequent requests, before their target is parsed; undefined for any other. */
  readyResponse({ method, target, headers }: Request): Response | undefined {
    const selected = this.#cache.get(target)?.select(headers['accept-encoding'])
    return selected instanceof ReadyContent ? selected.readyResponse(method, headers) : undefined
  }

  /** Responds to GET or HEAD; synchronously if the file is cached. */
  respond(request: RouteRequest): Response | Promise<Response> {
    const cached = this.#cache.get(request.path)
    return cached ? this.#responder.respondFromMemory(request, cached) : this.#respondFromDisk(request)
  }

  async #respondFromDisk(request: RouteRequest): Promise<Response> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      // A file can disappear or become unreadable in lookup or in open; the response is the same.
      const response = await this.#tryRespond(request).catch((error: unknown) =>
        failureResponse(request, failureFromError(error)),
      )
      if (response) return response
    }
    return textResponse(503, `${encodePath(request.path)} is being written.`, ['Retry-After', '1'])
  }

  /** Returns undefined if the file has changed since the lookup. */
  async #tryRespond(request: RouteRequest): Promise<Response | undefined> {
    const period = this.#freshness.beginCheck()
    const result = await lookUp(this.#tree, request.path)
    if (result.kind === 'folder') {
      return listingResponse(request, await readFolder(this.#tree, request.path, result.folder), [])
    }
    return result.kind === 'file' ? this.#responder.respond(request, result, period) : failureResponse(request, result)
  }
}

function failureResponse(request: RouteRequest, { kind }: LookupFailure): Response {
  if (kind === 'slash-missing') return redirectToFolder(request)
  if (kind === 'forbidden') return textResponse(403, `${encodePath(request.path)} may not be read.`)
  return textResponse(404, `There is nothing at ${encodePath(request.path)}`)
}

function redirectToFolder({ path, query }: RouteRequest): Response {
  const location = `${encodePath(path)}/${query === '' ? '' : `?${query}`}`
  return textResponse(301, `It is at ${location}`, ['Location', location])
}
