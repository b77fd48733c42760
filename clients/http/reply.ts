/** A response, with a body that is read as it comes. */
import type { Dispatcher } from 'undici'
import { RefusedError } from '../../shared/errors.ts'
import type { ClientOptions } from '../../shared/service.ts'
import { failure } from './failure.ts'

/** How much `text()` and `bytes()` keep in memory. */
const MAX_COLLECTED_BYTES = 64 * 1024 * 1024

/** How much of a body that nobody wants is read. */
const MAX_PASSED_OVER_BYTES = 64 * 1024

/** What a reply is made of. */
interface Received {
  readonly url: string
  readonly status: number
  readonly statusText: string
  /** Name, value, name, value: as they came. */
  readonly fields: readonly string[]
  readonly body: Dispatcher.ResponseData['body']
}

/**
 * The response to a request. Its body is read once: by iterating over it, by `text()` or by `bytes()`. Who wants none of
 * it calls `discard()`, or the connection stays open until the server ends it.
 */
export class HttpReply implements AsyncIterable<Uint8Array> {
  /** Where it came from: after redirects, not where it was asked for first. */
  readonly url: string
  readonly status: number
  /** The reason phrase; may be empty. */
  readonly statusText: string
  /** Name and value of every field, in the order and the spelling of the server. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** By name in small letters; fields that came more than once joined by commas, Set-Cookie by line feeds. */
  readonly headers: Readonly<Record<string, string>>
  readonly #body: Received['body']
  readonly #options: ClientOptions

  constructor(received: Received, options: ClientOptions) {
    this.url = received.url
    this.status = received.status
    this.statusText = received.statusText
    this.fields = pairs(received.fields)
    this.headers = joined(this.fields)
    this.#body = received.body
    this.#options = options
    // An error is told to who reads the body; when nobody does (yet), it must not end the process.
    this.#body.on('error', () => {})
  }

  /**
   * The body, piece by piece; the server is read no faster than the pieces are taken.
   *
   * @throws RefusedError when the connection breaks before the end
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#body
    } catch (error) {
      throw failure(error, this.#options)
    } finally {
      this.discard()
    }
  }

  /**
   * The whole body as UTF-8.
   *
   * @throws RefusedError when it is longer than 64 MiB, or breaks off
   */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  /**
   * The whole body.
   *
   * @throws RefusedError when it is longer than 64 MiB, or breaks off
   */
  async bytes(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    let size = 0
    for await (const piece of this) {
      size += piece.length
      if (size > MAX_COLLECTED_BYTES) throw new RefusedError('long', `the body has over ${MAX_COLLECTED_BYTES} bytes`)
      pieces.push(piece)
    }
    return Buffer.concat(pieces)
  }

  /** Reads the body for nothing, up to a bound: a short one is part of the conversation, a long one is not worth it. */
  async passOver(): Promise<void> {
    await this.#body.dump({ limit: MAX_PASSED_OVER_BYTES })
    this.discard()
  }

  /** Reads no (further) body, and lets go of the connection. */
  discard(): void {
    this.#body.destroy()
  }
}

function pairs(fields: readonly string[]): (readonly [string, string])[] {
  const found: (readonly [string, string])[] = []
  for (let index = 0; index < fields.length; index += 2) found.push([fields[index] ?? '', fields[index + 1] ?? ''])
  return found
}

/** RFC 9110, section 5.3; Set-Cookie is the one whose values hold commas of their own. */
function joined(fields: readonly (readonly [string, string])[]): Record<string, string> {
  const headers = new Map<string, string>()
  for (const [name, value] of fields) {
    const lower = name.toLowerCase()
    const before = headers.get(lower)
    headers.set(lower, before === undefined ? value : `${before}${lower === 'set-cookie' ? '\n' : ', '}${value}`)
  }
  return Object.fromEntries(headers)
}
