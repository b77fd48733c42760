/** Bounds on the work that one request to `/test/` can cause. */

/** Bytes of a request body that is parsed, and of a generated response body. The default of go-httpbin. */
export const MAX_BODY_BYTES = 1024 * 1024
/** Bytes of a request body that is discarded (`/upload`). */
export const MAX_UPLOAD_BYTES = 1024 * 1024 * 1024
/** Milliseconds that an endpoint may wait before and during its response. The default of go-httpbin. */
export const MAX_DURATION_MS = 10_000
export const MAX_REDIRECTS = 100
export const MAX_LINKS = 256
/** Lines of `/stream`; a larger number is reduced to it. */
export const MAX_LINES = 100
export const MAX_EVENTS = 10_000
/** Chunks of `/stream-bytes`: each is written on its own. */
export const MAX_CHUNKS = 16_384
/** Codes of `/status/200:0.9,500:0.1`. */
export const MAX_CHOICES = 100
/** Fields that one request can set: header fields, trailer fields and cookies. */
export const MAX_FIELDS = 50
/** Values of a form: `multipart/form-data` or `application/x-www-form-urlencoded`. */
export const MAX_FORM_VALUES = 1000
/** Arrays and objects within each other in a JSON body. */
export const MAX_JSON_DEPTH = 100
/** Values of a JSON body, arrays and objects included. To parse a megabyte of tiny values, and to write them, takes half a second. */
export const MAX_JSON_VALUES = 20_000
/** Characters of JSON that are indented: the spaces before a value are as many as its depth. */
export const MAX_INDENTED_LENGTH = 64 * 1024
/** WebSocket connections at once. */
export const MAX_WEB_SOCKETS = 100
/** Milliseconds that a WebSocket connection may last. */
export const WEB_SOCKET_LIFETIME_MS = 600_000
/** Milliseconds that a client has to confirm the end of a WebSocket connection. */
export const WEB_SOCKET_CLOSE_MS = 1000
/** Milliseconds that a nonce of digest authentication is valid. */
export const NONCE_LIFETIME_MS = 300_000
