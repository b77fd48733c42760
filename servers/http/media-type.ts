/** Which media type a file name stands for. Pure. */
import mime from 'mime'

/** Types outside `text/` that are text all the same, and so have a charset worth naming. */
const TEXT_TYPES = new Set([
  'application/javascript',
  'application/json',
  'application/manifest+json',
  'application/xml',
  'application/yaml',
  'image/svg+xml',
])

/** RFC 9110, section 8.3: a name that says nothing is a sequence of bytes. Text is taken to be UTF-8. */
export function mediaTypeOf(fileName: string): string {
  const extension = /\.([^./]+)$/.exec(fileName)?.[1] ?? ''
  const type = mime.getType(extension) ?? 'application/octet-stream'
  return type.startsWith('text/') || TEXT_TYPES.has(type) ? `${type}; charset=utf-8` : type
}
