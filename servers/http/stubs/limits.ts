/** Bounds on stubs and on the requests that are recorded. */

/** Stubs of one server, and bytes of the bodies of their responses. */
export const MAX_STUBS = 1000
export const MAX_STUB_BYTES = 64 * 1024 * 1024
/** Responses of one stub. */
export const MAX_RESPONSES = 1000
/** Bytes of the body of a response, unless it is streamed. */
export const MAX_RESPONSE_BYTES = 10 * 1024 * 1024
/** Milliseconds of `delay`. */
export const MAX_DELAY_MS = 60_000
/** How long the function of a stub may take. */
export const FUNCTION_TIMEOUT_MS = 60_000
/** Bytes of the body of a request that a stub responds to; a longer one gets 413. */
export const MAX_REQUEST_BYTES = 10 * 1024 * 1024
/** Requests that are recorded, and their bytes; the oldest are forgotten. */
export const MAX_RECORDED_REQUESTS = 10_000
export const MAX_RECORDED_BYTES = 64 * 1024 * 1024
/** Programs that wait for a request at once. */
export const MAX_WAITING = 1000
/** Connections with transcripts, exchanges of each, and characters of one transcript. */
export const MAX_CONVERSATIONS = 1000
export const MAX_EXCHANGES = 32
export const MAX_TRANSCRIPT_LENGTH = 32 * 1024
/** Bytes of a file of stubs, and of the body of `POST /-/stubs`. */
export const MAX_DEFINITION_BYTES = 10 * 1024 * 1024
/** How often a file of stubs is compared with the one on disk. */
export const FILE_CHECK_MS = 500
