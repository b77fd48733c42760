/** Maps file names to media types. Pure. */
import mime from 'mime'

/** Text types outside `text/`, which get a charset too. */
const TEXT_TYPES = new Set([
  'application/javascript',
  'application/json',
  'application/manifest+json',
  'application/xml',
  'application/yaml',
  'image/svg+xml',
])

/** An unknown extension is application/octet-stream (RFC 9110, section 8.3). Text is declared as UTF-8. */
export function mediaTypeOf(fileName: string): string {
  const extension = /\.([^./]+)$/.exec(fileName)?.[1] ?? ''
  const type = mime.getType(extension) ?? 'application/octet-stream'
  return type.startsWith('text/') || TEXT_TYPES.has(type) ? `${type}; charset=utf-8` : type
}
