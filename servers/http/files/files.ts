/** Serves the files under `DATA/www`: looks up a path and responds with the file, a listing or an error. */
import { randomUUID } from 'node:crypto'
import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { errorCode } from '../../../shared/errors.ts'
import { type FileTree, OutsideTreeError } from '../../../shared/files/file-tree.ts'
import type { RouteRequest } from '../request/request.ts'
import { encodePath } from '../request/target.ts'
import { contentResponse, type Response, textResponse } from '../response/response.ts'
import { bodyFrom, openContent } from './content.ts'
import { FileCache } from './file-cache.ts'
import { listingPage } from './listing.ts'
import { mediaTypeOf } from './media-type.ts'
import { readFolder } from './read-folder.ts'
import { createRepresentation, planResponse, type Representation, type ResponsePlan } from './representation.ts'

/** The result of looking up a path. */
type Lookup =
  | { readonly kind: 'file'; readonly file: string; readonly state: Stats }
  | { readonly kind: 'folder'; readonly folder: string }
  | LookupFailure

type LookupFailure =
  /** A folder without the trailing slash: relative links in its listing would resolve wrongly. */
  { readonly kind: 'slash-missing' } | { readonly kind: 'not-found' } | { readonly kind: 'forbidden' }

/** The system errors that concern the client. Any other is an internal error. */
const FAILURE_BY_ERROR_CODE: Readonly<Record<string, LookupFailure>> = {
  ENOENT: { kind: 'not-found' },
  ENOTDIR: { kind: 'not-found' },
  ENAMETOOLONG: { kind: 'not-found' },
  ELOOP: { kind: 'not-found' },
  EACCES: { kind: 'forbidden' },
  EPERM: { kind: 'forbidden' },
}

/** How often the server retries a file that changes between lookup and open. */
const MAX_ATTEMPTS = 5

export class Files {
  readonly #tree: FileTree
  readonly #now: () => number
  readonly #cache = new FileCache()

  /** @param now the clock, in milliseconds since 1970 */
  constructor(tree: FileTree, now: () => number = Date.now) {
    this.#tree = tree
    this.#now = now
  }

  /** Responds to GET or HEAD; synchronously if the file is cached. */
  respond(request: RouteRequest): Response | Promise<Response> {
    const cached = this.#cache.get(request.path)
    if (!cached) return this.#respondFromDisk(request)
    const { response, parts } = this.#plan(request, cached.representation)
    return parts ? { ...response, body: bodyFrom(cached.content, parts) } : response
  }

  async #respondFromDisk(request: RouteRequest): Promise<Response> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      // The file may disappear or become unreadable between lookup and open; both fail with the same responses.
      const response = await this.#attempt(request).catch((error: unknown) =>
        failureResponse(request, failureFromError(error)),
      )
      if (response) return response
    }
    return textResponse(503, `${encodePath(request.path)} is being written.`, ['Retry-After', '1'])
  }

  async #attempt(request: RouteRequest): Promise<Response | undefined> {
    const lookup = await lookUp(this.#tree, request.path)
    if (lookup.kind === 'folder') return this.#respondWithListing(request.path, lookup.folder)
    return lookup.kind === 'file' ? this.#respondWithFile(request, lookup) : failureResponse(request, lookup)
  }

  /** Returns undefined if the file has changed since the lookup. */
  async #respondWithFile(
    request: RouteRequest,
    { file, state }: Lookup & { kind: 'file' },
  ): Promise<Response | undefined> {
    const representation = createRepresentation(mediaTypeOf(file), state)
    const { response, parts } = this.#plan(request, representation)
    if (!parts) return response
    const content = await openContent(file, state)
    if (!content) return undefined
    if (Buffer.isBuffer(content)) this.#cache.put(request.path, { file, state, representation, content }, this.#now())
    return { ...response, body: bodyFrom(content, parts) }
  }

  #plan({ method, headers }: RouteRequest, representation: Representation): ResponsePlan {
    return planResponse(method, headers, representation, this.#now(), randomUUID)
  }

  async #respondWithListing(path: string, folder: string): Promise<Response> {
    const content = listingPage(path, await readFolder(this.#tree, path, folder))
    return contentResponse(200, 'text/html; charset=utf-8', content, [
      'Cache-Control',
      'no-cache',
      'Content-Security-Policy',
      "default-src 'none'; style-src 'unsafe-inline'",
    ])
  }
}

async function lookUp(tree: FileTree, path: string): Promise<Lookup> {
  const file = await tree.locate(path)
  const state = await stat(file)
  if (state.isDirectory()) return path.endsWith('/') ? lookUpIndex(tree, path, file) : { kind: 'slash-missing' }
  // Devices, FIFOs and sockets are never served; `/file/` does not name `/file`.
  return state.isFile() && !path.endsWith('/') ? { kind: 'file', file, state } : { kind: 'not-found' }
}

async function lookUpIndex(tree: FileTree, path: string, folder: string): Promise<Lookup> {
  const index: Lookup = await lookUp(tree, `${path}index.html`).catch(failureFromError)
  return index.kind === 'file' ? index : { kind: 'folder', folder }
}

function failureFromError(error: unknown): LookupFailure {
  const code = error instanceof OutsideTreeError ? 'ENOENT' : (errorCode(error) ?? '')
  const failure = FAILURE_BY_ERROR_CODE[code]
  if (failure) return failure
  throw error
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
