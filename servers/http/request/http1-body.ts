/** The body of an HTTP/1.1 request. It is created for every request, so it does no work until a handler reads it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connection } from '../connection/connection.ts'
import type { Response } from '../response/response.ts'
import { readBody } from './read-body.ts'
import type { RequestBody } from './request.ts'

export class IncomingBody implements RequestBody {
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

  get client(): RequestBody['client'] {
    return this.#connection.stream.peer
  }

  read(maxBytes: number): Promise<Buffer | Response> {
    return readBody(this.#request, {
      fields: this.#request.headers,
      maxBytes,
      timeout: this.#timeout,
      sendContinue: () => this.#response.writeContinue(),
      onReading: reject => this.#connection.onReadingBody(reject),
    })
  }
}
