/** Serves the files under `DATA/www`: looks up a path and responds with the file, a listing or an error. */
import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { errorCode } from '../../../shared/errors.ts'
import { OutsideTreeError } from '../../../shared/files/file-error.ts'
import type { FileTree } from '../../../shared/files/file-tree.ts'
import type { RouteRequest } from '../request/request.ts'
import { encodePath } from '../request/target.ts'
import { contentResponse, type Response, textResponse } from '../response/response.ts'
import { FileCache } from './file-cache.ts'
import { listingPage } from './listing.ts'
import { mediaTypeOf } from './media-type.ts'
import { bodyFrom, openFile } from './open-file.ts'
import { planResponse, type ResponsePlan } from './plan-response.ts'
import { readFolder } from './read-folder.ts'
import { createRepresentation, type FileVersion, type Representation } from './representation.ts'

type LookupResult = FoundFile | { readonly kind: 'folder'; readonly folder: string } | LookupFailure

interface FoundFile {
  readonly kind: 'file'
  readonly file: string
  readonly version: FileVersion
}

type LookupFailure =
  /** The path names a folder without the trailing slash: relative links in its listing would resolve wrongly. */
  { readonly kind: 'slash-missing' } | { readonly kind: 'not-found' } | { readonly kind: 'forbidden' }

/** System errors that become a response with status 403 or 404. Any other is an internal error. */
const FAILURE_BY_ERROR_CODE: Readonly<Record<string, LookupFailure>> = {
  ENOENT: { kind: 'not-found' },
  ENOTDIR: { kind: 'not-found' },
  ENAMETOOLONG: { kind: 'not-found' },
  ELOOP: { kind: 'not-found' },
  EACCES: { kind: 'forbidden' },
  EPERM: { kind: 'forbidden' },
}

/** Bounds the attempts to open a file that changes between lookup and open. */
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
    const { response, segments } = this.#plan(request, cached.representation)
    return segments ? { ...response, body: bodyFrom(cached.bytes, segments) } : response
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
    const result = await lookUp(this.#tree, request.path)
    if (result.kind === 'folder') return this.#respondWithListing(request.path, result.folder)
    return result.kind === 'file' ? this.#respondWithFile(request, result) : failureResponse(request, result)
  }

  async #respondWithFile(request: RouteRequest, { file, version }: FoundFile): Promise<Response | undefined> {
    const representation = createRepresentation(mediaTypeOf(file), version)
    const { response, segments } = this.#plan(request, representation)
    if (!segments) return response
    const opened = await openFile(file, version)
    if (!opened) return undefined
    if (Buffer.isBuffer(opened)) {
      this.#cache.put(request.path, { file, version, representation, bytes: opened }, this.#now())
    }
    return { ...response, body: bodyFrom(opened, segments) }
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

async function lookUp(tree: FileTree, path: string): Promise<LookupResult> {
  const file = await tree.locate(path)
  const stats = await stat(file)
  if (stats.isDirectory()) return path.endsWith('/') ? lookUpIndex(tree, path, file) : { kind: 'slash-missing' }
  // The server never sends devices, FIFOs and sockets; `/file/` does not name `/file`.
  return stats.isFile() && !path.endsWith('/') ? { kind: 'file', file, version: stats } : { kind: 'not-found' }
}

async function lookUpIndex(tree: FileTree, path: string, folder: string): Promise<LookupResult> {
  const index: LookupResult = await lookUp(tree, `${path}index.html`).catch(failureFromError)
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
