/** The body of a request cannot be read. Pure. */
import type { Response } from '../response/response.ts'

/** The body is too long, too slow or malformed; `response` is the one to send. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody'
  readonly response: Response

  constructor(response: Response) {
    super(`cannot read the body: ${response.status}`)
    this.response = response
  }
}
