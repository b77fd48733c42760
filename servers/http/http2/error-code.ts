/** The error code of HTTP/2 (RFC 9113, section 7) for an error of node's HTTP/2 library, nghttp2. Pure. */

const PROTOCOL_ERROR = 0x1

/** By the code of nghttp2 (`nghttp2_error` in its `nghttp2.h`). */
const ERROR_CODES: ReadonlyMap<number, number> = new Map([
  // PROTO, INVALID_FRAME, SETTINGS_EXPECTED
  [-505, PROTOCOL_ERROR],
  [-506, PROTOCOL_ERROR],
  [-536, PROTOCOL_ERROR],
  // FLOW_CONTROL
  [-524, 0x3],
  // STREAM_CLOSED
  [-510, 0x5],
  // FRAME_SIZE_ERROR
  [-522, 0x6],
  // FLOODED: too many resets, settings or pings. ENHANCE_YOUR_CALM
  [-904, 0xb],
])

/** Returns the code to send in GOAWAY; undefined if the error is not one of the client. */
export function errorCodeFor(error: unknown): number | undefined {
  return error instanceof Error && 'errno' in error ? ERROR_CODES.get(Number(error.errno)) : undefined
}
