/** A request as a value: `http1/` and `http2/` create it, `routes/` adds what its target means, handlers respond to it. Pure. */
import type { FileRequestFields } from '../files/plan-response.ts'
import type { Response } from '../response/response.ts'

/** Header fields by lower-case name. Those that `files/` reads are always strings: repeated ones are joined or discarded. */
export type RequestFields = FileRequestFields & Readonly<Record<string, string | readonly string[] | undefined>>

/** The body of a request; most handlers do not read it. */
export interface RequestBody {
  /** Reads the body. Resolves with the response to send instead if it is longer than `maxBytes`, too slow or malformed. */
  read(maxBytes: number): Promise<Buffer | Response>
  /** Reads the body in chunks. Throws an `UnreadableBody` if it is longer than `maxBytes`, too slow or malformed. */
  stream(maxBytes: number): AsyncIterable<Buffer>
  /** Returns a signal that is aborted if the rest of the body cannot arrive, for work before it is read. */
  abortSignal?(): AbortSignal
}

/** How long a client waits for the response. */
export interface RequestLifetime {
  /** Calls the listener when the client has disconnected or, over HTTP/1.1, has ended its side of the connection. */
  onDisconnect(listener: () => void): void
}

/** A validated request. */
export interface Request {
  readonly method: string
  /** The request target, as sent. */
  readonly target: string
  readonly headers: RequestFields
  readonly client: { readonly host: string; readonly port: number }
  /** True if it was sent over TLS. */
  readonly isSecure: boolean
  readonly body: RequestBody
  /** For a handler that waits. Undefined if the client is not known. */
  readonly lifetime?: RequestLifetime
}

/** A request with its parsed target, for the handler of a route. */
export interface RouteRequest extends Omit<Request, 'target'> {
  /** Percent-decoded. */
  readonly path: string
  /** As sent, without the question mark. */
  readonly query: string
  /** Values of the `:name` segments of the route. */
  readonly params: Readonly<Record<string, string>>
}

/** True if a socket is one of TLS. */
export function isOverTls(socket: object): boolean {
  return 'encrypted' in socket
}
