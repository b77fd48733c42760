/** What all HTTP/1.1 connections of a server share. */
import type { Duplex } from 'node:stream'
import type { ConnectionHandler, StreamConnection } from '../../../shared/net/stream-server.ts'
import type { Request } from '../request/request.ts'
import type { Response } from '../response/response.ts'
import type { ResponseWriter } from './response-writer.ts'

export interface Http1Core {
  readonly writer: ResponseWriter
  /** Milliseconds that the head of a request may take to arrive. */
  readonly headTimeout: number
  /** Milliseconds that the body of a request may take to arrive, if a handler reads it. */
  readonly bodyTimeout: number
  /** Milliseconds that a client may read nothing of a response. */
  readonly stallTimeout: number
  /** True if clients connect through a proxy that is trusted, and may end TLS. */
  readonly isBehindProxy: boolean
  /** Milliseconds from any fixed point. */
  now(): number
  respond(request: Request): Response | Promise<Response>
  /** True if the response can need the database. */
  mayUseStore(request: Request): boolean
  /** Logs that a handler or the body of a response failed. */
  reportFailure(error: unknown, target: string): void
  /** Takes over a connection whose client starts with the preface of HTTP/2. */
  acceptHttp2(connection: StreamConnection, stream: Duplex): ConnectionHandler
}
