/** The body of an HTTP/1.1 request. It does no work until a handler reads it; unread, the connection discards it. */
import { Readable } from 'node:stream'
import { parseExpectation } from '../request/expectation.ts'
import { type ReadBodyOptions, readBody } from '../request/read-body.ts'
import type { RequestBody } from '../request/request.ts'
import { streamBody } from '../request/stream-body.ts'
import { UnreadableBody } from '../request/unreadable-body.ts'
import { type Response, textResponse } from '../response/response.ts'
import { ChunkDecoder } from './chunk-decoder.ts'
import type { ExchangeTrace } from './exchange-trace.ts'
import type { BodyFraming } from './framing.ts'
import { MalformedRequest } from './malformed-request.ts'
import type { RequestHead } from './parse-head.ts'

/** What the body needs of its connection. */
export interface BodySource {
  /** Delivers bytes that have arrived, and those that arrive, to `push`. */
  readMore(): void
  sendContinue(): void
  /** True if bytes wait that were not delivered. */
  hasInput(): boolean
}

export interface BodyOptions {
  /** Milliseconds that the body may take to arrive. */
  readonly timeout: number
  readonly trace: ExchangeTrace | undefined
}

export class Http1Body implements RequestBody {
  readonly #head: RequestHead
  readonly #source: BodySource
  readonly #timeout: number
  readonly #decoder: ChunkDecoder | undefined
  readonly #trace: ExchangeTrace | undefined
  /** Bytes that have not arrived, of a body of known length. */
  #remaining: number
  #stream: Readable | undefined
  #endRead: ((response: Response) => void) | undefined
  #hasArrived = false
  #discardedBytes = 0
  /** The response to a body whose end cannot be found. */
  #failure: Response | undefined
  #abort: AbortController | undefined

  constructor(head: RequestHead, framing: BodyFraming, source: BodySource, { timeout, trace }: BodyOptions) {
    this.#head = head
    this.#source = source
    this.#timeout = timeout
    this.#trace = trace
    this.#decoder = framing.kind === 'chunked' ? new ChunkDecoder() : undefined
    this.#remaining = framing.kind === 'length' ? framing.length : 0
  }

  /** True when all bytes of the body have arrived. */
  get isComplete(): boolean {
    return this.#decoder ? this.#decoder.isDone : this.#remaining === 0
  }

  /** True if the end of the body cannot be found, because it is malformed. */
  get isBroken(): boolean {
    return this.#failure !== undefined
  }

  get isChunked(): boolean {
    return this.#decoder !== undefined
  }

  /** The bytes that must still arrive; Infinity if that is unknown. */
  get remaining(): number {
    if (this.#decoder) return this.#decoder.isDone ? 0 : Number.POSITIVE_INFINITY
    return this.#remaining
  }

  /** Content that no handler read. */
  get discardedBytes(): number {
    return this.#discardedBytes
  }

  /** True if the client waits for 100 Continue before it sends the body (RFC 9110, section 10.1.1). */
  get awaitsContinue(): boolean {
    const { headers, minorVersion } = this.#head
    if (minorVersion === 0 || parseExpectation(headers.expect) !== 'continue') return false
    return !this.#hasArrived && !this.#source.hasInput()
  }

  read(maxBytes: number): Promise<Buffer | Response> {
    return readBody(this.#open(), this.#options(maxBytes))
  }

  stream(maxBytes: number): AsyncIterable<Buffer> {
    return streamBody(this.#open(), this.#options(maxBytes))
  }

  abortSignal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#failure) this.#abort.abort(new UnreadableBody(this.#failure))
    return this.#abort.signal
  }

  /** True while the handler that reads the body has not taken what arrived. */
  get isFull(): boolean {
    const stream = this.#stream
    return stream !== undefined && !stream.destroyed && stream.readableLength >= stream.readableHighWaterMark
  }

  /**
   * Takes bytes of the connection; returns how many belong to the body. Without a handler that reads the body, discards them.
   *
   * @throws MalformedRequest if a chunk is malformed and no handler reads the body
   */
  push(bytes: Buffer): number {
    if (bytes.length > 0) this.#hasArrived = true
    if (this.#failure) return bytes.length
    try {
      const { content, taken } = this.#decoder?.push(bytes) ?? this.#takeRemaining(bytes)
      const [first] = content
      // Many small chunks are one delivery: each costs more than a copy of its bytes.
      if (first) this.#deliver(content.length === 1 ? first : Buffer.concat(content))
      if (this.isComplete) this.#onComplete()
      return taken
    } catch (error) {
      if (!(error instanceof MalformedRequest)) throw error
      this.#failure = textResponse(error.status, error.message, ['Connection', 'close'])
      if (!this.#endRead) throw error
      this.#endRead(this.#failure)
      return bytes.length
    }
  }

  /** Discards what arrives from now on: the handler has responded. */
  discard(): void {
    this.#endRead = undefined
    this.#stream?.destroy()
  }

  /** The client has ended its side of the connection, and waits for the response. */
  endEarly(): void {
    if (this.isComplete || this.#failure) return
    this.#failure = textResponse(400, 'The body of the request ended early.', ['Connection', 'close'])
    this.#endRead?.(this.#failure)
    this.#abort?.abort(new UnreadableBody(this.#failure))
  }

  /** The connection has closed before the end of the body. */
  disconnect(): void {
    if (this.isComplete) return
    const { 'content-type': type, 'content-length': length } = this.#head.headers
    this.#trace?.endRequest(type, false, length === undefined ? undefined : Number(length))
    const error = new ClientDisconnected()
    this.#stream?.destroy(error)
    this.#abort?.abort(error)
  }

  #onComplete(): void {
    this.#trace?.endRequest(this.#head.headers['content-type'], true)
    this.#stream?.push(null)
  }

  #takeRemaining(bytes: Buffer): { readonly content: readonly Buffer[]; readonly taken: number } {
    const content = bytes.subarray(0, this.#remaining)
    this.#remaining -= content.length
    return { content: content.length > 0 ? [content] : [], taken: content.length }
  }

  #deliver(chunk: Buffer): void {
    this.#trace?.requestContent(chunk)
    if (this.#stream && !this.#stream.destroyed) this.#stream.push(chunk)
    else this.#discardedBytes += chunk.length
  }

  #open(): Readable {
    if (!this.#stream) {
      this.#stream = new Readable({ read: () => this.#source.readMore() })
      // A handler that has stopped reading does not listen when the client disconnects.
      this.#stream.on('error', () => undefined)
      if (this.isComplete) this.#stream.push(null)
    }
    return this.#stream
  }

  #options(maxBytes: number): ReadBodyOptions {
    return {
      fields: this.#head.headers,
      maxBytes,
      timeout: this.#timeout,
      sendContinue: () => {
        if (this.awaitsContinue) this.#source.sendContinue()
      },
      onStart: end => {
        this.#endRead = end
        if (this.#failure) end(this.#failure)
      },
    }
  }
}

/** The body of a request that has none. */
export const NO_BODY: RequestBody = {
  read: async () => Buffer.alloc(0),
  async *stream() {},
}

class ClientDisconnected extends Error {
  override readonly name = 'ClientDisconnected'
  readonly code = 'ERR_STREAM_PREMATURE_CLOSE'

  constructor() {
    super('the client has disconnected before the end of the request body')
  }
}
