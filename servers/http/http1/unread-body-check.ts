/**
 * Holds the response to a request with a chunked body that no handler has read: the rest of the body decides about it. If a
 * chunk is malformed, another parser could find the next request elsewhere, so that the response is an error.
 */
import type { ConnectionGuard } from '../../../shared/net/connection-guard.ts'
import { LINGER_MS, MAX_IGNORED_BODY_BYTES } from '../limits.ts'
import { closeBody, type Response, textResponse } from '../response/response.ts'
import type { Http1Body } from './http1-body.ts'
import type { MalformedRequest } from './malformed-request.ts'

/** True if the rest of the body may be malformed, and no handler has read it. */
export function needsCheck(body: Http1Body): boolean {
  return body.isChunked && !body.isComplete && !body.isBroken && !body.awaitsContinue
}

export class UnreadBodyCheck {
  readonly #body: Http1Body
  readonly #respond: (response: Response) => void
  readonly #timer: NodeJS.Timeout
  /** Undefined after the check. */
  #response: Response | undefined

  /**
   * Discards what arrives of the body, until it is complete or malformed, too long, or takes too long.
   *
   * @param respond called once with the response, or with that to a malformed body
   */
  constructor(body: Http1Body, response: Response, guard: ConnectionGuard, respond: (response: Response) => void) {
    this.#body = body
    this.#response = response
    this.#respond = respond
    this.#timer = setTimeout(() => guard.run(() => this.end()), LINGER_MS)
    body.discard()
  }

  /** Bytes of the body have arrived, or its end. */
  onProgress(): void {
    if (this.#body.isComplete || this.#body.discardedBytes > MAX_IGNORED_BODY_BYTES) this.end()
  }

  onMalformed({ status, message }: MalformedRequest): void {
    if (!this.#response) return
    void closeBody(this.#response)
    this.end(textResponse(status, message))
  }

  /** Ends the check, unless it has ended: no more of the body is awaited. */
  end(response = this.#response): void {
    if (!this.#response || !response) return
    clearTimeout(this.#timer)
    this.#response = undefined
    this.#respond(response)
  }
}
