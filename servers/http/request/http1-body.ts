/** The body of an HTTP/1.1 request. It is created for every request, so it does no work until a handler reads it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http1Connection } from '../connection/http1-connection.ts'
import type { Response } from '../response/response.ts'
import { type ReadBodyOptions, readBody } from './read-body.ts'
import type { RequestBody } from './request.ts'
import { streamBody } from './stream-body.ts'

export class Http1Body implements RequestBody {
  readonly #request: IncomingMessage
  readonly #output: ServerResponse
  readonly #connection: Http1Connection
  readonly #timeout: number

  /** @param timeout milliseconds that the body may take to arrive */
  constructor(request: IncomingMessage, output: ServerResponse, connection: Http1Connection, timeout: number) {
    this.#request = request
    this.#output = output
    this.#connection = connection
    this.#timeout = timeout
  }

  read(maxBytes: number): Promise<Buffer | Response> {
    return readBody(this.#request, this.#options(maxBytes))
  }

  stream(maxBytes: number): AsyncIterable<Buffer> {
    return streamBody(this.#request, this.#options(maxBytes))
  }

  #options(maxBytes: number): ReadBodyOptions {
    return {
      fields: this.#request.headers,
      maxBytes,
      timeout: this.#timeout,
      sendContinue: () => this.#output.writeContinue(),
      onStart: end => this.#connection.trackBodyRead(end),
    }
  }
}
