/**
 * http: files, folders, accepted mail and DNS queries over HTTP/1.1, HTTP/1.0 and HTTP/2, with TLS and without.
 *
 * - A client sends a request (method, target, fields, perhaps a body), the server answers it with a response (status,
 *   fields, perhaps a body), in the order of the requests; the connection is kept for the next (RFC 9112).
 * - GET and HEAD of a file are conditional (RFC 9110, section 13) and can be for parts of it (section 14).
 * - The way of a request: `server.ts` (connection, checks; `http2.ts` for HTTP/2) -> `site.ts` (the table of routes) ->
 *   `files.ts`, `mail.ts` or `dns-query.ts` (an answer, as a value) -> `send.ts` (writes it).
 */
import { defineServer } from '../../shared/define-server.ts'
import { httpOptions } from './options.ts'

/** A server of the context's file tree and mailbox. Its `listen` rejects with a `BindError` where the port is taken. */
export const http = defineServer({
  name: 'http',
  summary: 'serves files (GET, HEAD, ranges, conditions, listings) and accepted mail as JSON',
  options: httpOptions,
  load: async () => (await import('./server.ts')).HttpServer,
})

export { type HttpOptions, httpOptions } from './options.ts'
