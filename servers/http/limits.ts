/** Bounds on the work that one client can cause. */

/** RFC 9110, section 4.1 recommends at least 8000. */
export const MAX_TARGET_BYTES = 8 * 1024
/** Bound on the request line and header fields together. */
export const MAX_HEAD_BYTES = 16 * 1024
/** Requests whose handlers have not responded yet, of all connections; the server responds to further ones with 503. */
export const MAX_REQUESTS_IN_WORK = 1000
/** Bytes of pipelined requests that wait for the response to the request before them. */
export const MAX_WAITING_BYTES = 64 * 1024
/** How often the log warns of too many connections. */
export const FULL_WARNING_MS = 60_000
/** How long the server handles pipelined requests, or streams, of one connection before it yields to others. */
export const TIME_SLICE_MS = 2
/** How long the head of a request may take to arrive. */
export const HEAD_TIMEOUT_MS = 10_000
/** How long the body of a request may take to arrive, if a handler reads it. */
export const BODY_TIMEOUT_MS = 10_000
/** How long a connection may be idle between requests. */
export const KEEP_ALIVE_TIMEOUT_MS = 5000
/** How long a client may read nothing of a response. */
export const STALL_TIMEOUT_MS = 60_000
/** How often the server checks for requests that take too long, and for idle connections. */
export const TIMEOUT_CHECK_MS = 1000
/** The server discards an unread request body up to this size and keeps the connection open. */
export const MAX_IGNORED_BODY_BYTES = 64 * 1024
/** Before it closes a connection with unread input, the server discards up to this many bytes, for up to `LINGER_MS`. */
export const MAX_LINGER_BYTES = 16 * 1024 * 1024
export const LINGER_MS = 1000
/** HTTP/2: concurrent streams per connection. RFC 9113, section 6.5.2 recommends at least 100. */
export const MAX_STREAMS = 100
/** HTTP/2: streams per connection that the server handles concurrently; each may have a file open. */
export const MAX_ACTIVE_STREAMS = 16
/** HTTP/2: how long a connection may be idle. Longer than for HTTP/1.1, because setting one up costs more. */
export const IDLE_SESSION_MS = 60_000
/** HTTP/2: how long a client may take no bytes of a response, for example because its flow-control window is closed, or not respond to a PING. */
export const STALLED_STREAM_MS = 15_000
/** HTTP/2: how long responses may take after the client has ended its side and can no longer open the flow-control window. */
export const ENDED_SESSION_MS = 2000
