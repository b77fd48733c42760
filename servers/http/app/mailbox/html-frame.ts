/**
 * The HTML of a message as a document for a sandboxed frame. Neither scripts nor remote content are loaded: the policy of the
 * response forbids them, also if a person opens the document outside of the frame. Pure.
 */
import type { View } from '../../../../shared/store/mail/parse/jobs.ts'
import { contentResponse, type Response } from '../../response/response.ts'

/** Characters of images in one document: 4 MiB of bytes. An image counts as often as the document refers to it. */
const MAX_IMAGE_LENGTH = 6 * 1024 * 1024

const SECURITY_FIELDS = [
  'Content-Security-Policy',
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
  'Referrer-Policy',
  'no-referrer',
  // Without it, a browser resolves the names of links before a person follows them, which tells the sender of the reading.
  'X-DNS-Prefetch-Control',
  'off',
  'Cross-Origin-Resource-Policy',
  'same-origin',
]

export function htmlFrameResponse(html: string, attachments: View['attachments']): Response {
  const document = withInlineImages(withoutEmbedding(html), attachments)
  return contentResponse(200, 'text/html; charset=utf-8', document, ['Cache-Control', 'no-store', ...SECURITY_FIELDS])
}

/**
 * Makes unknown elements of those with which a browser connects to a server before it applies the policy: Chromium does so for
 * `<iframe src>`, others for `<link rel="preconnect">`. A tag begins with exactly these characters, so that this needs no parser.
 */
function withoutEmbedding(html: string): string {
  return html.replace(/<(?=link|meta|base|i?frame|object|embed)/gi, '<x-')
}

/** The values of attributes, and `url()` in styles, that refer to a part of the message (RFC 2392). */
const CID_URL = /(=\s*["']?|\burl\(\s*["']?)cid:([^\s"'<>()]+)/gi
/** An image's media type, without characters that end an attribute. */
const IMAGE_TYPE = /^image\/[a-z0-9.+-]{1,64}$/

/** Replaces references to images of the message with the images themselves. */
function withInlineImages(html: string, attachments: View['attachments']): string {
  const images = new Map(
    attachments.flatMap(({ cid, type, content }) =>
      cid !== undefined && content && IMAGE_TYPE.test(type) ? [[cid, { type, content }] as const] : [],
    ),
  )
  let length = 0
  return html.replace(CID_URL, (reference, start: string, cid: string) => {
    const image = images.get(decode(cid))
    if (!image || length + base64Length(image.content) > MAX_IMAGE_LENGTH) return reference
    length += base64Length(image.content)
    return `${start}data:${image.type};base64,${Buffer.from(image.content).toString('base64')}`
  })
}

function base64Length({ length }: Uint8Array): number {
  return Math.ceil(length / 3) * 4
}

function decode(cid: string): string {
  try {
    return decodeURIComponent(cid)
  } catch {
    return cid
  }
}
