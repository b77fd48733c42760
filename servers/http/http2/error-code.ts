/** The error code of HTTP/2 (RFC 9113, section 7) for an error of node's HTTP/2 library, nghttp2. Pure. */

/** Codes of nghttp2 (`nghttp2_error` in its `nghttp2.h`). */
const NGHTTP2_ERR_FLOW_CONTROL = -524
const NGHTTP2_ERR_FRAME_SIZE = -522
const NGHTTP2_ERR_STREAM_CLOSED = -510
/** The client sent too many resets, settings or pings. */
const NGHTTP2_ERR_FLOODED = -904
const NGHTTP2_ERR_PROTOCOLS: ReadonlySet<number> = new Set([-505, -506, -536])

const PROTOCOL_ERROR = 0x1
const FLOW_CONTROL_ERROR = 0x3
const STREAM_CLOSED = 0x5
const FRAME_SIZE_ERROR = 0x6
const ENHANCE_YOUR_CALM = 0xb

/** Returns the code to send in GOAWAY; undefined if the error is not one of the client. */
export function errorCodeFor(error: unknown): number | undefined {
  const errno = error instanceof Error && 'errno' in error ? Number(error.errno) : Number.NaN
  if (NGHTTP2_ERR_PROTOCOLS.has(errno)) return PROTOCOL_ERROR
  if (errno === NGHTTP2_ERR_FLOW_CONTROL) return FLOW_CONTROL_ERROR
  if (errno === NGHTTP2_ERR_STREAM_CLOSED) return STREAM_CLOSED
  if (errno === NGHTTP2_ERR_FRAME_SIZE) return FRAME_SIZE_ERROR
  if (errno === NGHTTP2_ERR_FLOODED) return ENHANCE_YOUR_CALM
  return undefined
}
