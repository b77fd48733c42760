/**
 * http: files, folders, accepted mail and DNS queries over HTTP/1.1, HTTP/1.0 and HTTP/2, with and without TLS.
 *
 * - A client sends a request (method, target, header fields, optional body); the server sends a response (status, header
 *   fields, optional body). Responses keep the order of the requests, and the connection stays open for more (RFC 9112).
 * - GET and HEAD of a file support conditions and ranges (RFC 9110, sections 13 and 14).
 * - A request passes `server.ts` (accept, validate), `routes/` (choose a handler), `files/` or another handler (create a
 *   response), and `response/send-response.ts` (write it). HTTP/2 enters through `http2/` and shares all but the last.
 */
import { defineServer } from '../../shared/define-server.ts'
import { httpOptions } from './options.ts'

/** Serves the file tree and the mailbox of its context. `listen` rejects with a `BindError` if the port is taken. */
export const http = defineServer({
  name: 'http',
  summary: 'serves files (GET, HEAD, ranges, conditions, listings) and accepted mail as JSON',
  options: httpOptions,
  load: async () => (await import('./server.ts')).HttpServer,
})

export { type HttpOptions, httpOptions } from './options.ts'
