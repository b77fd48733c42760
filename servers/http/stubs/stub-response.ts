/** What a stub responds with. Pure. */
import type { PathParams } from './pattern.ts'
import type { ReceivedRequest } from './received-request.ts'

/** A part of a body. Text is sent as UTF-8. */
export type Chunk = string | Uint8Array

/** A body: whole, in parts, or a stream. Each response calls the function, so that a stub can send a stream more than once. */
export type StubBody = Chunk | readonly Chunk[] | AsyncIterable<Chunk> | (() => AsyncIterable<Chunk>)

/** A response. At most one of `json`, `body` and `base64` gives its body. */
export interface StubResponse {
  /** Default: 200. */
  readonly status?: number | undefined
  /** The reason phrase, if it is not the usual one. HTTP/2 has none. */
  readonly reason?: string | undefined
  /** A list sends the field several times. */
  readonly headers?: Readonly<Record<string, string | number | readonly string[]>> | undefined
  /** A body of `application/json`. */
  readonly json?: unknown
  /** A body: text is `text/plain`, anything else `application/octet-stream`, unless `headers` has a type. */
  readonly body?: StubBody | undefined
  /** A body of bytes in base64. */
  readonly base64?: string | undefined
  /** Fields after the body, which is then sent in chunks. */
  readonly trailers?: Readonly<Record<string, string>> | undefined
  /** Milliseconds before the response. */
  readonly delay?: number | undefined
  /** Breaks the connection (with HTTP/2, the stream): after the body if there is one, or else without a response. */
  readonly abort?: boolean | undefined
}

/** Creates a response to a request. */
export type StubFunction<Pattern extends string = string> = (
  request: ReceivedRequest<PathParams<Pattern>>,
) => number | StubResponse | Promise<number | StubResponse>

/** A status, a response, or a function. */
export type StubAnswer<Pattern extends string = string> = number | StubResponse | StubFunction<Pattern>

/** One response for all requests, or a list: the first request gets the first one, and those after the list get the last. */
export type StubAnswers<Pattern extends string = string> = StubAnswer<Pattern> | readonly StubAnswer<Pattern>[]
