/**
 * http: files, folders, accepted mail and DNS queries over HTTP/1.1, HTTP/1.0 and HTTP/2, with and without TLS.
 *
 * - A client sends a request (method, target, header fields, optional body); the server sends a response (status, header
 *   fields, optional body). Responses keep the order of the requests, and the connection stays open for more (RFC 9112).
 * - GET and HEAD of a file support preconditions, ranges and content codings (RFC 9110, sections 13, 14 and 8.4); accounts
 *   that may write change files by PUT and DELETE.
 * - The way of a request: `server.ts` accepts the connection, `http1/http1-connection.ts` parses the request, `http1/exchange.ts`
 *   has it answered, `routes/` chooses a handler, `files/` or another handler creates the response, and
 *   `http1/response-writer.ts` writes it. For HTTP/2, `http2/` does the work of `http1/`.
 */
import { defineServer } from '../../shared/define-server.ts'
import { httpOptions } from './options.ts'

/** Serves the file tree and the mailbox of its context. `listen` rejects with a `BindError` if the port is in use. */
export const http = defineServer({
  name: 'http',
  summary: 'serves files (GET, PUT, DELETE, ranges, preconditions, listings), accepted mail as JSON, and DNS queries',
  options: httpOptions,
  uses: ['accounts', 'mail'],
  load: async () => (await import('./server.ts')).HttpServer,
})

export { type HttpOptions, httpOptions } from './options.ts'
export type {
  HttpApi,
  RegisteredStub,
  StubOptions,
  WaitForRequestOptions,
} from './stubs/api.ts'
export type { RequestCriteria, Where } from './stubs/criteria.ts'
export { RequestTimeoutError, StubsNotCalledError } from './stubs/errors.ts'
export type { FormFile, ReceivedRequest, Values } from './stubs/received-request.ts'
export type { StubAnswer, StubAnswers, StubBody, StubFunction, StubResponse } from './stubs/stub-response.ts'
