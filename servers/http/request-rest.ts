/** What there is of a request of HTTP/1.1 beside its head. Made for every request, so it costs nothing until it is asked. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer, Rest } from './answer.ts'
import { readBody } from './body.ts'
import type { Connection } from './connection.ts'

export class RequestRest implements Rest {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #connection: Connection
  readonly #timeout: number

  /** @param timeout milliseconds that the body may take to arrive */
  constructor(request: IncomingMessage, response: ServerResponse, connection: Connection, timeout: number) {
    this.#request = request
    this.#response = response
    this.#connection = connection
    this.#timeout = timeout
  }

  get client(): Rest['client'] {
    return this.#connection.client
  }

  body(maxBytes: number): Promise<Buffer | Answer> {
    return readBody(this.#request, {
      fields: this.#request.headers,
      maxBytes,
      timeout: this.#timeout,
      goOn: () => this.#response.writeContinue(),
      onBroken: refuse => this.#connection.whileReading(refuse),
    })
  }
}
