/** Trailer fields. Pure. */

/** Lower-case names of fields that a recipient needs before the body (RFC 9110, section 6.5.1). */
export const FORBIDDEN_TRAILERS: readonly string[] = [
  'authorization',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'host',
  'keep-alive',
  'max-forwards',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]
