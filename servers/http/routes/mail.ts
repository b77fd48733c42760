/** `GET /mail` and `GET /mail/:id`: the mail that the SMTP server accepted, as JSON. */
import { Semaphore } from '../../../shared/async/semaphore.ts'
import { errorText } from '../../../shared/errors.ts'
import type { MessageSummary } from '../../../shared/store/mail/message.ts'
import type { Store } from '../../../shared/store/store.ts'
import type { RouteRequest } from '../request/request.ts'
import { jsonResponse, type Response, textResponse } from '../response/response.ts'

/** An entry of the list. */
export interface MailSummary {
  readonly id: string
  /** Sender and recipients of the envelope (MAIL and RCPT), which can differ from the header of the message. */
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  /** The time at which the server accepted the message. */
  readonly date: string
  /** Bytes of the message as its client sent it, before dot-stuffing and without the `Received` header of the server. */
  readonly size: number
}

/** One message in full. */
export interface MailDetail extends MailSummary {
  readonly text: string
  readonly html?: string
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly attachments: readonly { readonly name: string; readonly type: string; readonly size: number }[]
  /** Present if text or html was truncated. */
  readonly truncated?: true
  /** Present if only the header section could be parsed: the reason. */
  readonly problem?: string
}

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000
/** Bytes of a header section that the list parses. */
const MAX_HEADER_BYTES = 64 * 1024
/** Bytes of a message that are parsed. */
const MAX_PARSED_BYTES = 32 * 1024 * 1024
/** Characters of text and of HTML in a response. */
const MAX_TEXT_CHARACTERS = 1024 * 1024
/** Skips conversions that the response does not contain. */
const PARSE_OPTIONS = { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, checksumAlgo: false } as const

export class MailRoutes {
  readonly #store: Store
  readonly #parsers = new Semaphore({ concurrency: 2, maxQueued: 50 })

  constructor(store: Store) {
    this.#store = store
  }

  /** `GET /mail?limit=N`: newest first. */
  list(request: RouteRequest): Response | Promise<Response> {
    const text = new URLSearchParams(request.query).get('limit') ?? String(DEFAULT_LIMIT)
    const limit = /^\d{1,9}$/.test(text) ? Math.min(Number(text), MAX_LIMIT) : undefined
    if (limit === undefined) return textResponse(400, `The limit must be a number up to ${MAX_LIMIT}, not ${text}`)
    return this.#runLimited(async () => {
      const { mail } = await this.#store.open()
      return jsonResponse((await mail.list({ limit })).messages.map(toJson))
    })
  }

  /** `GET /mail/:id` */
  show({ params: { id = '' } }: RouteRequest): Response | Promise<Response> {
    return this.#runLimited(async () => {
      const { mail } = await this.#store.open()
      const [message, raw] = await Promise.all([mail.get(id), mail.raw(id)])
      if (!message || !raw) return textResponse(404, `There is no mail ${id}`)
      return jsonResponse(await detail(message, raw))
    })
  }

  #runLimited(work: () => Promise<Response>): Response | Promise<Response> {
    return this.#parsers.run(work) ?? textResponse(503, 'Too many requests for mail are pending.', ['Retry-After', '1'])
  }
}

async function detail(message: MessageSummary, raw: Uint8Array): Promise<MailDetail> {
  const { problem, parsed } = await parseWhole(raw.subarray(0, MAX_PARSED_BYTES))
  const { text = '', html } = parsed
  const isTruncated = [text, html || ''].some(part => part.length > MAX_TEXT_CHARACTERS)
  return {
    ...toJson(message),
    text: text.slice(0, MAX_TEXT_CHARACTERS),
    ...(html ? { html: html.slice(0, MAX_TEXT_CHARACTERS) } : {}),
    headers: parsed.headerLines.map(({ line }) => parseHeader(line)),
    attachments: parsed.attachments.map(({ filename, contentType, size }) => ({
      name: filename ?? '',
      type: contentType,
      size,
    })),
    ...(isTruncated ? { truncated: true } : {}),
    ...(problem === undefined ? {} : { problem }),
  }
}

/** The parser rejects a message with more than a thousand parts; the response then has only its header section. */
async function parseWhole(raw: Uint8Array) {
  try {
    return { parsed: await parse(raw) }
  } catch (error) {
    return { parsed: await parse(headerSection(raw)), problem: errorText(error) }
  }
}

async function parse(raw: Uint8Array) {
  const { simpleParser } = await import('mailparser')
  return simpleParser(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength), PARSE_OPTIONS)
}

function toJson({ id, envelope, subject, receivedAt, size }: MessageSummary): MailSummary {
  return { id, from: envelope.from, to: envelope.to, subject, date: receivedAt.toISOString(), size }
}

/** Returns the header section with its empty line (RFC 5322, section 2.1). */
function headerSection(raw: Uint8Array): Uint8Array {
  const start = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, MAX_HEADER_BYTES))
  const end = start.indexOf('\r\n\r\n')
  return end === -1 ? start : start.subarray(0, end + 4)
}

function parseHeader(line: string): { name: string; value: string } {
  const colon = line.indexOf(':')
  return {
    name: line.slice(0, colon),
    value: line
      .slice(colon + 1)
      .replace(/\r?\n/g, '')
      .trim(),
  }
}
