/** Responds with a file that was found: from memory, or while it is read; in the coding that the client prefers. */
import { randomUUID } from 'node:crypto'
import type { FileTree } from '../../../shared/files/file-tree.ts'
import { openFileLimit } from '../../../shared/net/open-file-limit.ts'
import { divideOpenFiles } from '../open-file-budget.ts'
import type { RouteRequest } from '../request/request.ts'
import type { Response } from '../response/response.ts'
import { unavailable } from '../response/store-failure.ts'
import { CachedFile } from './cached-file.ts'
import { CodedContents } from './coded-contents.ts'
import { type Coding, chooseCoding } from './content-coding.ts'
import { withFields } from './cors.ts'
import { type FileCache, isSettledVersion } from './file-cache.ts'
import { describeFile, type FileDescription, MAX_CACHED_BYTES, neighbourOf, representFile } from './file-description.ts'
import { FileReads } from './file-reads.ts'
import { LargeFile } from './large-file.ts'
import type { FoundFile } from './look-up.ts'
import { readSource } from './open-file.ts'
import { OpenFiles } from './open-files.ts'
import { planResponse, type ResponsePlan } from './plan-response.ts'
import { ReadyContent } from './ready-content.ts'
import type { Representation } from './representation.ts'
import { StreamBuffers } from './stream-buffers.ts'

/** A file that is not cached is read into memory only up to this size. */
const MAX_UNCACHED_BYTES = 64 * 1024

export interface FileResponderOptions {
  /** Returns the value of Cache-Control for the file of a path. */
  readonly cacheControlOf: (path: string) => string
  /** Header fields of every response. */
  readonly commonFields: readonly string[]
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number
}

export class FileResponder {
  readonly #tree: FileTree
  readonly #cache: FileCache
  readonly #options: FileResponderOptions
  readonly #reads = new FileReads()
  readonly #buffers = new StreamBuffers()
  readonly #openFiles = new OpenFiles(divideOpenFiles(openFileLimit()).sentFiles)
  readonly #coded: CodedContents

  constructor(tree: FileTree, cache: FileCache, options: FileResponderOptions) {
    this.#tree = tree
    this.#cache = cache
    this.#options = options
    this.#coded = new CodedContents(cache)
  }

  /** Responds synchronously, unless the content has to be read or compressed in a coding. */
  respondFromMemory(request: RouteRequest, file: CachedFile): Response | Promise<Response> {
    const selected = file.select(request.headers['accept-encoding'])
    if (selected instanceof ReadyContent) return this.#respondWith(request, selected)
    return this.#coded.add(request.path, file, selected).then(content => this.#respondWith(request, content))
  }

  /**
   * Resolves with undefined if the file has changed since it was found.
   *
   * @param period the period in which it was found
   */
  async respond(request: RouteRequest, found: FoundFile, period: number): Promise<Response | undefined> {
    const { cacheControlOf, commonFields, now } = this.#options
    const fields = ['Cache-Control', cacheControlOf(found.path), ...commonFields]
    const description = await describeFile(this.#tree, found, fields)
    const isSettled = isSettledVersion(found.version, now())
    if (found.version.size > (isSettled ? MAX_CACHED_BYTES : MAX_UNCACHED_BYTES)) {
      return this.#respondUncached(request, description)
    }
    const content = await this.#reads.read(found, isSettled)
    if (!content) return undefined
    const identity = new ReadyContent(representFile(description, found, undefined), content)
    const file = new CachedFile(description, identity, period)
    this.#cache.put(request.path, file, now())
    return this.respondFromMemory(request, file)
  }

  #respondWith(request: RouteRequest, content: ReadyContent): Response {
    const ready = content.readyResponse(request.method, request.headers)
    return ready ?? content.complete(this.#plan(request, content.representation))
  }

  async #respondUncached(request: RouteRequest, description: FileDescription): Promise<Response | undefined> {
    const { found, codings } = description
    const coding = chooseCoding(request.headers['accept-encoding'], codings)
    const neighbour = neighbourOf(description, coding)
    const compressed = coding && !neighbour && (await this.#compress(description, coding))
    if (compressed) return this.#respondWith(request, compressed)
    const source = neighbour ?? found
    const representation = representFile(description, source, neighbour && coding)
    const { response, segments } = this.#plan(request, representation)
    if (!segments) return response
    const file = await this.#openFiles.open(source)
    if (file === 'busy') return unavailable('Too many files are being sent. Try again later.')
    return file && { ...response, body: new LargeFile(file, this.#buffers).body(segments) }
  }

  #compress(description: FileDescription, coding: Coding): Promise<ReadyContent | undefined> {
    return this.#coded.compress(description, coding, () => readSource(description.found))
  }

  #plan({ method, headers }: RouteRequest, representation: Representation): ResponsePlan {
    const { now, commonFields } = this.#options
    const plan = planResponse(method, headers, representation, now(), randomUUID)
    return { ...plan, response: withFields(plan.response, commonFields) }
  }
}
