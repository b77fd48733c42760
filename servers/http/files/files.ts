/** Serves the files under `DATA/www`: looks up a path and responds with the file, a listing or an error. */
import { randomUUID } from 'node:crypto'
import type { FileTree } from '../../../shared/files/file-tree.ts'
import type { Request, RouteRequest } from '../request/request.ts'
import { encodePath } from '../request/target.ts'
import { contentResponse, type Response, textResponse } from '../response/response.ts'
import { bodyFrom } from './body-from.ts'
import { CachedFile, type SourceFile } from './cached-file.ts'
import { FileCache, isSettledVersion } from './file-cache.ts'
import { FileReads } from './file-reads.ts'
import { Freshness, type Revalidation } from './freshness.ts'
import { LargeFile } from './large-file.ts'
import { listingPage } from './listing.ts'
import { failureFromError, type LookupFailure, lookUp } from './look-up.ts'
import { mediaTypeOf } from './media-type.ts'
import { openSource } from './open-file.ts'
import { planResponse, type ResponsePlan } from './plan-response.ts'
import { readFolder } from './read-folder.ts'
import { createRepresentation, type Representation } from './representation.ts'
import { StreamBuffers } from './stream-buffers.ts'

/** Files up to this size are cached; larger ones are read while they are sent. */
const MAX_CACHED_BYTES = 1024 * 1024
/** A file that is not cached is read into memory only up to this size. */
const MAX_UNCACHED_BYTES = 64 * 1024

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
  readonly #now: () => number
  readonly #freshness: Freshness
  readonly #cache: FileCache
  readonly #reads = new FileReads()
  readonly #buffers = new StreamBuffers()

  constructor(tree: FileTree, { revalidation = 'interval', periodMs, now = Date.now }: FilesOptions = {}) {
    this.#tree = tree
    this.#now = now
    this.#freshness = new Freshness(tree, revalidation, periodMs)
    this.#cache = new FileCache(this.#freshness)
  }

  close(): void {
    this.#freshness.close()
  }

  /** Returns the response to the most frequent requests, before their target is parsed; undefined for any other. */
  readyResponse({ method, target, headers }: Request): Response | undefined {
    return this.#cache.get(target)?.readyResponse(method, headers)
  }

  /** Responds to GET or HEAD; synchronously if the file is cached. */
  respond(request: RouteRequest): Response | Promise<Response> {
    const cached = this.#cache.get(request.path)
    return cached ? this.#respondFromMemory(request, cached) : this.#respondFromDisk(request)
  }

  #respondFromMemory(request: RouteRequest, file: CachedFile): Response {
    const ready = file.readyResponse(request.method, request.headers)
    if (ready) return ready
    const { response, segments } = this.#plan(request, file.representation)
    return segments ? { ...response, body: bodyFrom(file.content, segments) } : response
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
    if (result.kind === 'folder') return this.#respondWithListing(request.path, result.folder)
    return result.kind === 'file' ? this.#respondWithFile(request, result, period) : failureResponse(request, result)
  }

  async #respondWithFile(request: RouteRequest, source: SourceFile, period: number): Promise<Response | undefined> {
    const representation = createRepresentation(mediaTypeOf(source.file), source.version)
    const isSettled = isSettledVersion(source.version, this.#now())
    if (source.version.size > (isSettled ? MAX_CACHED_BYTES : MAX_UNCACHED_BYTES))
      return this.#respondWithStream(request, source, representation)
    const content = await this.#reads.read(source, isSettled)
    if (!content) return undefined
    const file = new CachedFile(source, representation, content, period)
    this.#cache.put(request.path, file, this.#now())
    return this.#respondFromMemory(request, file)
  }

  async #respondWithStream(
    request: RouteRequest,
    source: SourceFile,
    representation: Representation,
  ): Promise<Response | undefined> {
    const { response, segments } = this.#plan(request, representation)
    if (!segments) return response
    const handle = await openSource(source)
    return handle && { ...response, body: new LargeFile(handle, this.#buffers).body(segments) }
  }

  #plan({ method, headers }: RouteRequest, representation: Representation): ResponsePlan {
    return planResponse(method, headers, representation, this.#now(), randomUUID)
  }

  async #respondWithListing(path: string, folder: string): Promise<Response> {
    const page = listingPage(path, await readFolder(this.#tree, path, folder))
    return contentResponse(200, 'text/html; charset=utf-8', page, [
      'Cache-Control',
      'no-cache',
      'Content-Security-Policy',
      "default-src 'none'; style-src 'unsafe-inline'",
    ])
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
