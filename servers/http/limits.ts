/** What one client may ask of the server. */

/** RFC 9110, section 4.1 asks for 8000 at least. */
export const MAX_TARGET_BYTES = 8 * 1024
/** A request's head: request line and header fields. */
export const MAX_HEAD_BYTES = 16 * 1024
/** How many clients may be connected at once; one more is turned away by closing it. */
export const MAX_CONNECTIONS = 1000
/** How many requests of one connection may wait for their turn; nobody pipelines that many in earnest. */
export const MAX_PIPELINED = 1000
/** How long the requests of one connection are answered before other connections get their turn. */
export const TURN_MS = 2
/** How long a head may take to arrive. */
export const HEAD_TIMEOUT_MS = 10_000
/** How long the body of a request may take to arrive, where it is wanted. */
export const BODY_TIMEOUT_MS = 10_000
/** How long a kept connection may be unused. */
export const KEEP_ALIVE_TIMEOUT_MS = 5000
/** How long a connection may stand still while a request or an answer is under way. */
export const STALL_TIMEOUT_MS = 60_000
/** How often node looks for requests that take too long. */
export const TIMEOUT_CHECK_MS = 1000
/** A request body that nobody reads: up to this it is passed over, and the connection kept. */
export const MAX_IGNORED_BODY_BYTES = 64 * 1024
/** Longer ones end the connection: so much, for so long, is passed over before it closes, for the answer's sake. */
export const MAX_LINGER_BYTES = 16 * 1024 * 1024
export const LINGER_MS = 1000
/** HTTP/2: requests under way on one connection; RFC 9113, section 6.5.2, asks for no fewer. */
export const MAX_STREAMS = 100
/** Of those, how many are worked on at once: each may have a file open. */
export const MAX_STREAMS_AT_ONCE = 16
/** HTTP/2: how long a connection may be unused; setting one up costs more than a connection of HTTP/1.1. */
export const IDLE_SESSION_MS = 60_000
/** HTTP/2: how long responses may take whose client has ended its side: it can give no more room for them. */
export const ENDED_SESSION_MS = 2000
