/** A request that breaks the rules of HTTP/1.1. Pure. */

/** The bytes are not a valid request, so the server does not know where the next one starts: it responds and closes. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest'
  readonly status: number

  /** @param detail the sentence for the client */
  constructor(status: number, detail: string) {
    super(detail)
    this.status = status
  }
}
