/** Maps file names to media types. Pure. */
import mime from 'mime'

/** Types outside `text/` that are text too, and get a charset. */
const TEXT_TYPES = new Set([
  'application/javascript',
  'application/json',
  'application/manifest+json',
  'application/xml',
  'application/yaml',
  'image/svg+xml',
])

/** Returns application/octet-stream for an unknown extension (RFC 9110, section 8.3). Declares text as UTF-8. */
export function mediaTypeOf(fileName: string): string {
  const extension = /\.([^./]+)$/.exec(fileName)?.[1] ?? ''
  const type = mime.getType(extension) ?? 'application/octet-stream'
  return type.startsWith('text/') || TEXT_TYPES.has(type) ? `${type}; charset=utf-8` : type
}

/** Types that are not text and that compression makes much smaller. */
const COMPRESSIBLE_TYPES = new Set(['application/wasm', 'font/otf', 'font/ttf', 'image/bmp'])

/** @param type as `mediaTypeOf` returns it */
export function isCompressible(type: string): boolean {
  return type.endsWith('; charset=utf-8') || /[+](?:json|xml)$/.test(type) || COMPRESSIBLE_TYPES.has(type)
}
