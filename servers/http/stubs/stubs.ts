/**
 * The stubs of one server, and the requests that it has received while there were any. Stubs take precedence over all routes,
 * except over those below `/-/`. A stub takes precedence over those that were registered before it; those of a file are the
 * first.
 */
import { UsageError } from '../../../shared/errors.ts'
import type { Trace } from '../../../shared/trace/trace.ts'
import type { Request, RequestBody } from '../request/request.ts'
import type { PathTarget } from '../request/target.ts'
import type { Response } from '../response/response.ts'
import { MAX_REQUEST_BYTES, MAX_STUB_BYTES, MAX_STUBS } from './limits.ts'
import { parseMultipart } from './multipart.ts'
import { StubError } from './parse-stubs.ts'
import type { RequestLine } from './pattern.ts'
import { quoteInput } from './quote-input.ts'
import type { RequestRecord } from './received-request.ts'
import { RequestLog } from './request-log.ts'
import { Stub, type StubInput, type StubOrigin } from './stub.ts'
import { type Exchange, Transcripts } from './transcripts.ts'
import { WaitingRequests } from './waiting-requests.ts'

/** A recorded request, and the stub that has responded to it. */
export interface LoggedRequest extends RequestRecord {
  readonly stub: Stub | undefined
}

type BuiltIn = (request: Request) => Response | Promise<Response>

const NO_BODY = Buffer.alloc(0)

export class Stubs {
  readonly log = new RequestLog<LoggedRequest>()
  readonly waiting = new WaitingRequests<LoggedRequest, RequestLine>(() => this.#update())
  readonly #transcripts: Transcripts
  readonly #closed = new AbortController()
  #ofFile: readonly Stub[] = []
  #added: readonly Stub[] = []
  #isActive = false
  #nextId = 1

  constructor(trace: Trace) {
    this.#transcripts = new Transcripts(trace)
  }

  /** True while there is a stub, or a program waits for a request. */
  get isActive(): boolean {
    return this.#isActive
  }

  /** Those that take precedence are last. */
  get all(): readonly Stub[] {
    return [...this.#ofFile, ...this.#added]
  }

  /**
   * Adds stubs, all or none.
   *
   * @throws UsageError if one is invalid, or there are too many
   */
  add(origin: Exclude<StubOrigin, 'file'>, inputs: readonly StubInput[]): readonly Stub[] {
    const stubs = this.#create(origin, inputs)
    checkBounds([...this.all, ...stubs])
    this.#added = [...this.#added, ...stubs]
    this.#update()
    return stubs
  }

  /** Replaces the stubs of the file, all or none. */
  replaceFile(inputs: readonly StubInput[]): void {
    const stubs = this.#create('file', inputs)
    checkBounds([...stubs, ...this.#added])
    this.#ofFile = stubs
    this.#update()
  }

  /** Removes a stub that is not one of the file; removing it twice has no effect. */
  remove(stub: Stub | undefined): void {
    this.#added = this.#added.filter(added => added !== stub)
    this.#update()
  }

  /** Removes all stubs but those of the file, which start again with their first response, and forgets all requests. */
  reset(): void {
    this.#added = []
    for (const stub of this.#ofFile) stub.restart()
    this.log.clear()
    this.#update()
  }

  /** Ends delays and waits. */
  close(): void {
    this.#closed.abort()
    this.waiting.close()
    this.#transcripts.setActive(false)
  }

  /** Responds with a stub, or else as the server does without stubs. */
  respond(request: Request, target: PathTarget, builtIn: BuiltIn): Response | Promise<Response> {
    if (target.path === '/-' || target.path.startsWith('/-/')) return builtIn(request)
    const exchange = this.#transcripts.claim(request.method, request.target)
    const line = { method: request.method, path: target.path, query: target.query }
    const matching = this.all.filter(stub => stub.matchesLine(line)).reverse()
    const record = createRecord(request, target, exchange)
    if (matching.length > 0 || this.#isAwaited(line, request))
      return this.#respondFrom(matching, request, record, builtIn)
    this.#record({ ...record, stub: undefined })
    return builtIn(request)
  }

  /** True if a program waits for such a request, and its body, which the program can have conditions on, is not too long. */
  #isAwaited(line: RequestLine, { headers }: Request): boolean {
    return this.waiting.isAwaited(line) && Number(headers['content-length'] ?? 0) <= MAX_REQUEST_BYTES
  }

  async #respondFrom(
    matching: readonly Stub[],
    request: Request,
    head: RequestRecord,
    builtIn: BuiltIn,
  ): Promise<Response> {
    const body = await request.body.read(MAX_REQUEST_BYTES)
    if (!Buffer.isBuffer(body)) return body
    const record = { ...head, body, isBodyRecorded: true, multipart: await parseMultipart(request.headers, body) }
    const stub = matching.find(stub => stub.accepts(record))
    const responding = stub?.respond(record, { closed: this.#closed.signal, lifetime: request.lifetime })
    this.#record({ ...record, stub })
    return responding ?? builtIn({ ...request, body: new ReadBody(body) })
  }

  #record(request: LoggedRequest): void {
    this.log.add(request)
    this.waiting.add(request)
  }

  #create(origin: StubOrigin, inputs: readonly StubInput[]): Stub[] {
    if (this.#closed.signal.aborted) throw new UsageError('the suite is closed. Start another one for more stubs')
    return inputs.map((input, index) => createStub(String(this.#nextId++), origin, { input, index }))
  }

  #update(): void {
    this.#isActive = !this.#closed.signal.aborted && this.all.length + this.waiting.size > 0
    this.#transcripts.setActive(this.#isActive)
  }
}

/** The call of a program is quoted by `api.ts`. */
function createStub(id: string, origin: StubOrigin, { input, index }: { input: StubInput; index: number }): Stub {
  try {
    return new Stub(id, origin, input)
  } catch (error) {
    if (origin === 'program' || !(error instanceof UsageError)) throw error
    throw new StubError(['stubs', index], `stub ${quoteInput(input.request)}: ${error.message}`)
  }
}

function checkBounds(stubs: readonly Stub[]): void {
  if (stubs.length > MAX_STUBS)
    throw new UsageError(`there can be at most ${MAX_STUBS} stubs. Remove some with reset()`)
  if (stubs.reduce((sum, { size }) => sum + size, 0) <= MAX_STUB_BYTES) return
  throw new UsageError(`the bodies of all stubs can have at most ${MAX_STUB_BYTES} bytes. Remove some with reset()`)
}

function createRecord(request: Request, target: PathTarget, exchange: Exchange): RequestRecord {
  const { method, client } = request
  // HTTP/2 has pseudo-header fields such as `:path` among the fields.
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !name.startsWith(':')))
  const { path, query } = target
  return {
    method,
    path,
    query,
    headers,
    client,
    time: new Date(),
    body: NO_BODY,
    isBodyRecorded: false,
    multipart: undefined,
    exchange,
  }
}

/** A body that was read already, for a route. */
class ReadBody implements RequestBody {
  readonly #body: Buffer

  constructor(body: Buffer) {
    this.#body = body
  }

  async read(): Promise<Buffer> {
    return this.#body
  }

  async *stream(): AsyncGenerator<Buffer> {
    if (this.#body.length > 0) yield this.#body
  }
}
