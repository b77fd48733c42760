/**
 * Parses a message with mailparser. It runs in a worker thread: some small messages take seconds, which only the end of the
 * thread stops.
 */
import { type EmailAddress, type ParsedMail, parseAddressHeader, simpleParser } from 'mailparser'
import { decodeField, type RawField, splitHeader, unfold } from './header-fields.ts'
import { findLinks, MAX_LINKS } from './links.ts'
import type { Attachment, MailAddress, ParsedContent, ParsedHeader } from './parsed-message.ts'

/** Characters of text and of HTML that a parsed message has. */
export const MAX_TEXT_LENGTH = 1024 * 1024
/**
 * Lines of a message that are parsed: 32 MiB of base64 have fewer. mailparser creates an object for each line, and V8 lets one
 * thread at a time end a garbage collection, so that the objects in this thread would stop the main thread.
 */
const MAX_LINES = 500_000
/** Parts of a message; as each level of a nested message is a part, also their depth. */
const MAX_PARTS = 1000
/** Bytes of the header of one part; mailparser counts a short line as 64 bytes. */
const MAX_PART_HEADER_BYTES = 2 * 1024 * 1024
/** Addresses of one header field. */
const MAX_ADDRESSES = 1000
/** Characters of one header field that are searched for addresses. */
const MAX_ADDRESS_FIELD_LENGTH = 32 * 1024

const OPTIONS = {
  skipTextToHtml: true,
  keepCidLinks: true,
  checksumAlgo: false,
  maxHtmlLengthToParse: MAX_TEXT_LENGTH,
  maxChildNodes: MAX_PARTS,
  maxHeadSize: MAX_PART_HEADER_BYTES,
} as const

/** Never throws. */
export function parseHeader(raw: Uint8Array): ParsedHeader {
  const fields = splitHeader(raw)
  const headers = fields.map(decodeField)
  const date = new Date(headers.find(({ name }) => name.toLowerCase() === 'date')?.value ?? '')
  return {
    headers,
    addresses: {
      from: addressesOf('from', fields),
      to: addressesOf('to', fields),
      cc: addressesOf('cc', fields),
      replyTo: addressesOf('reply-to', fields),
    },
    date: Number.isNaN(date.getTime()) ? undefined : date,
  }
}

/** Parses the fields before they are decoded: an encoded word can contain a comma. */
function addressesOf(name: string, fields: readonly RawField[]): MailAddress[] {
  const text = fields
    .filter(field => field.name.toLowerCase() === name)
    .map(({ value }) => unfold(value))
    .join(', ')
  const { value } = parseAddressHeader(text.slice(0, MAX_ADDRESS_FIELD_LENGTH), { flatten: true })
  return value.slice(0, MAX_ADDRESSES).flatMap(toAddress)
}

function toAddress({ name, address }: EmailAddress): MailAddress[] {
  return address === undefined || address === '' ? [] : [{ name, address }]
}

/** @throws Error of mailparser if the message has too many parts or too long a header */
export async function parseContent(raw: Uint8Array): Promise<ParsedContent> {
  const bytes = firstLines(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength))
  const parsed = await simpleParser(bytes, OPTIONS)
  const html = parsed.html || undefined
  const plainText = isOnlyHtml(parsed) ? '' : (parsed.text?.trim() ?? '')
  const text = plainText || (html === undefined ? '' : await textOf(html))
  const links = findLinks(text.slice(0, MAX_TEXT_LENGTH), html?.slice(0, MAX_TEXT_LENGTH) ?? '')
  return {
    text: text.slice(0, MAX_TEXT_LENGTH),
    textIsFromHtml: (html !== undefined && plainText === '') || undefined,
    html: html?.slice(0, MAX_TEXT_LENGTH),
    links,
    attachments: parsed.attachments.map(toAttachment),
    truncated:
      bytes.length < raw.length ||
      Math.max(text.length, html?.length ?? 0) > MAX_TEXT_LENGTH ||
      links.length >= MAX_LINKS,
  }
}

function firstLines(bytes: Buffer): Buffer {
  let end = 0
  for (let lines = 0; lines < MAX_LINES; lines += 1) {
    end = bytes.indexOf('\n', end) + 1
    if (end === 0) return bytes
  }
  return bytes.subarray(0, end)
}

/** True for a message without parts that is HTML. mailparser converts it to text itself. */
function isOnlyHtml({ headers }: ParsedMail): boolean {
  const type = headers.get('content-type')
  return typeof type === 'object' && 'value' in type && type.value === 'text/html'
}

/** Converts HTML to text. mailparser does so only for a message that is nothing but HTML. */
async function textOf(html: string): Promise<string> {
  const message = `Content-Type: text/html; charset=utf-8\r\n\r\n${html.slice(0, MAX_TEXT_LENGTH)}`
  return (await simpleParser(message, OPTIONS)).text?.trim() ?? ''
}

function toAttachment(attachment: ParsedMail['attachments'][number]): Attachment {
  const { filename = '', contentType, size, cid, related, contentDisposition } = attachment
  return {
    filename,
    type: contentType.toLowerCase(),
    size,
    cid,
    inline: cid !== undefined && (related === true || contentDisposition === 'inline'),
    content: attachment.content,
  }
}
