/** A response with its body as a stream. */

import type { Readable } from 'node:stream'
import { RefusedError } from '../../shared/errors.ts'
import type { ClientOptions } from '../../shared/service.ts'
import { translateError } from './error.ts'
import type * as Decoding from './exchange/decode-body.ts'
import { monotonicTime } from './exchange/monotonic-time.ts'
import type { HttpVersion } from './exchange/observe-socket.ts'
import { computeTimings, type HttpTimings, type Marks } from './exchange/timings.ts'

/** Bounds `text()` and `bytes()`. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

/** Bounds `drain()`. */
const MAX_DRAINED_BYTES = 64 * 1024

interface ResponseParts {
  readonly url: string
  readonly status: number
  readonly statusText: string
  /** Name, value, name, value. */
  readonly fields: readonly string[]
  readonly body: ResponseBody
  readonly marks: Marks
  readonly version: HttpVersion
}

/** The body as undici returns it. */
type ResponseBody = Readable & { dump(options: { limit: number }): Promise<void> }

/**
 * The response to a request. Read its body once: by iteration, `text()` or `bytes()`. If you do not read it, call `discard()`;
 * otherwise the connection stays open until the server closes it.
 */
export class HttpResponse implements AsyncIterable<Uint8Array> {
  /** The URL of this response, after redirects. */
  readonly url: string
  /** The version in the first bytes of the response. */
  readonly httpVersion: HttpVersion
  readonly status: number
  /** The reason phrase; may be empty, and is empty in HTTP/2. */
  readonly statusText: string
  /** Name and value of every field, in the server's order and spelling. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Values by lower-case name; repeated fields are joined by commas, Set-Cookie by line feeds. */
  readonly headers: Readonly<Record<string, string>>
  /** The value of each field Set-Cookie. */
  readonly setCookies: readonly string[]
  readonly #body: ResponseBody
  readonly #codings: readonly string[]
  readonly #marks: Marks
  readonly #options: ClientOptions
  readonly #decoding: typeof Decoding | undefined

  /**
   * @param decoding decompresses the body; undefined to return it as the server sent it. It is loaded only if it is used
   * @throws RefusedError if the body has to be decompressed and has an unknown coding
   */
  constructor(parts: ResponseParts, options: ClientOptions, decoding: typeof Decoding | undefined) {
    this.url = parts.url
    this.httpVersion = parts.version
    this.status = parts.status
    this.statusText = parts.statusText
    this.fields = pairFields(parts.fields)
    this.headers = combineFields(this.fields)
    this.setCookies = this.fields.filter(([name]) => name.toLowerCase() === 'set-cookie').map(([, value]) => value)
    this.#body = parts.body
    this.#marks = parts.marks
    this.#options = options
    this.#decoding = decoding
    // Errors reach the reader of the body. Without this listener, an error before the first read would end the process.
    this.#body.on('error', () => {})
    try {
      this.#codings = decoding?.parseCodings(this.headers['content-encoding']) ?? []
    } catch (error) {
      this.discard()
      throw error
    }
  }

  /** How long the steps of this exchange took; complete when the body was read. */
  get timings(): HttpTimings {
    return computeTimings(this.#marks)
  }

  /**
   * Iterates over the chunks of the body. Reads from the socket only as fast as the caller iterates.
   *
   * @throws RefusedError if the connection fails before the end, or the body cannot be decompressed
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#decoding?.decodeBody(this.#body, this.#codings) ?? this.#body
      this.#marks.ended = monotonicTime()
    } catch (error) {
      throw translateError(error, this.#options)
    } finally {
      this.discard()
    }
  }

  /**
   * Returns the whole body, decoded as UTF-8.
   *
   * @throws RefusedError if it is longer than 64 MiB or the connection fails
   */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  /**
   * Returns the whole body.
   *
   * @throws RefusedError if it is longer than 64 MiB or the connection fails
   */
  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of this) {
      size += chunk.length
      if (size > MAX_BODY_BYTES) throw new RefusedError('long', `the body is longer than ${MAX_BODY_BYTES} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }

  /** Reads and discards up to 64 KiB of the body, so that a short body appears in the trace. */
  async drain(): Promise<void> {
    await this.#body.dump({ limit: MAX_DRAINED_BYTES })
    this.discard()
  }

  /** Stops reading and closes the connection. */
  discard(): void {
    this.#body.destroy()
  }
}

function pairFields(fields: readonly string[]): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = []
  for (let index = 0; index < fields.length; index += 2) pairs.push([fields[index] ?? '', fields[index + 1] ?? ''])
  return pairs
}

/** Combines repeated fields (RFC 9110, section 5.3). Set-Cookie is the exception, because its values contain commas. */
function combineFields(fields: readonly (readonly [string, string])[]): Record<string, string> {
  const headers = new Map<string, string>()
  for (const [name, value] of fields) {
    const lower = name.toLowerCase()
    const values = headers.get(lower)
    headers.set(lower, values === undefined ? value : `${values}${lower === 'set-cookie' ? '\n' : ', '}${value}`)
  }
  return Object.fromEntries(headers)
}
