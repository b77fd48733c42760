/** The response with the content of an attachment. Pure. */
import type { Attachment } from '../../../../shared/store/mail/parse/parsed-message.ts'
import { contentFields, type Response } from '../../response/response.ts'

/** A media type without parameters (RFC 9110, section 8.3.1). */
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}$/

/** HTML and SVG of a message must not run in the origin of this server. */
const SANDBOX = ['Content-Security-Policy', "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"]

export function attachmentResponse({ type, filename, inline, content }: Attachment): Response {
  const mediaType = MEDIA_TYPE.test(type) ? type : 'application/octet-stream'
  return contentOfMessage(mediaType, content, disposition(inline ? 'inline' : 'attachment', filename))
}

const MAX_NAME_LENGTH = 200

/** The whole message (RFC 2046, section 5.2.1). */
export function rawResponse(id: string, raw: Uint8Array, kind: 'inline' | 'attachment' = 'inline'): Response {
  return contentOfMessage('message/rfc822', raw, disposition(kind, `${id}.eml`))
}

function contentOfMessage(type: string, content: Uint8Array, contentDisposition: string): Response {
  const headers = [
    ...contentFields(type, content.length),
    ...['Content-Disposition', contentDisposition],
    ...SANDBOX,
    ...['Cache-Control', 'no-store'],
  ]
  return { status: 200, headers, body: content }
}

/** RFC 6266: `filename` for old clients in ASCII, `filename*` (RFC 8187) for the exact name. */
export function disposition(kind: 'inline' | 'attachment', filename: string): string {
  const shortened = filename.replace(/[\p{Cc}/\\]/gu, '_').slice(0, MAX_NAME_LENGTH)
  // Half of a surrogate pair cannot be percent-encoded; UTF-8 replaces it.
  const name = Buffer.from(shortened).toString()
  if (name === '') return kind
  const ascii = name.replace(/[^\x20-\x7e]/g, '_').replace(/["%]/g, '_')
  const encoded = encodeURIComponent(name).replace(/['()*]/g, escapeCharacter)
  return `${kind}; filename="${ascii}"${ascii === name ? '' : `; filename*=UTF-8''${encoded}`}`
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
