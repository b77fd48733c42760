/** `GET /mail` and `GET /mail/:id`: what SMTP accepted, as JSON. The parser is loaded when first asked for. */

import { Semaphore } from '../../shared/async/semaphore.ts'
import { errorText } from '../../shared/errors.ts'
import type { Mailbox, StoredMail } from '../../shared/store/mailbox.ts'
import { type Answer, json, page, type Request } from './answer.ts'

/** One message in the list. */
export interface MailSummary {
  readonly id: string
  /** The envelope's sender and recipients: what SMTP was told, not what the message says of itself. */
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  /** The Date field, or where there is none that can be read, when it was accepted. */
  readonly date: string
  readonly size: number
}

/** One message, read. */
export interface MailDetail extends MailSummary {
  readonly text: string
  readonly html?: string
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly attachments: readonly { readonly name: string; readonly type: string; readonly size: number }[]
  /** Present where text or html was cut. */
  readonly truncated?: true
  /** Present where only the head could be read: why. */
  readonly problem?: string
}

const DEFAULT_LISTED = 100
const MAX_LISTED = 1000
/** For the list only the head of a message is parsed, and no more of it than this. */
const MAX_MAIL_HEAD_BYTES = 64 * 1024
/** A message is parsed up to here. */
const MAX_PARSED_BYTES = 32 * 1024 * 1024
/** Text and HTML are shown up to here. */
const MAX_SHOWN_CHARACTERS = 1024 * 1024
/** What is not needed is not computed: no text from HTML, no HTML from text, no images put into it. */
const PARSE_OPTIONS = { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, checksumAlgo: false } as const

export class MailPages {
  readonly #mailbox: Mailbox
  /** A message never changes, so its head is parsed once. */
  readonly #summaries = new WeakMap<StoredMail, MailSummary>()
  readonly #turns = new Semaphore({ concurrency: 2, maxQueued: 50 })

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox
  }

  /** `GET /mail?limit=N`: the newest first. */
  list(request: Request): Answer | Promise<Answer> {
    const asked = new URLSearchParams(request.query).get('limit') ?? String(DEFAULT_LISTED)
    const limit = /^\d{1,9}$/.test(asked) ? Math.min(Number(asked), MAX_LISTED) : undefined
    if (limit === undefined) return page(400, `limit is a number up to ${MAX_LISTED}, not ${asked}`)
    return this.#inTurn(async () => {
      const mails = await this.#mailbox.list()
      const summaries: MailSummary[] = []
      for (const mail of mails.slice(Math.max(0, mails.length - limit)).reverse()) {
        summaries.push(await this.#summary(mail))
      }
      return json(summaries)
    })
  }

  /** `GET /mail/:id` */
  show({ params: { id = '' } }: Request): Answer | Promise<Answer> {
    return this.#inTurn(async () => {
      const mail = await this.#mailbox.get(id)
      return mail ? json(await this.#detail(mail)) : page(404, `There is no mail ${id}`)
    })
  }

  #inTurn(work: () => Promise<Answer>): Answer | Promise<Answer> {
    return this.#turns.run(work) ?? page(503, 'Too many are reading mail.', ['Retry-After', '1'])
  }

  async #summary(mail: StoredMail): Promise<MailSummary> {
    const known = this.#summaries.get(mail)
    if (known) return known
    const { subject, date } = await parse(headOf(mail.raw))
    const summary = summarise(mail, subject, date)
    this.#summaries.set(mail, summary)
    return summary
  }

  async #detail(mail: StoredMail): Promise<MailDetail> {
    const { problem, parsed } = await parseWhole(mail.raw.subarray(0, MAX_PARSED_BYTES))
    const { text = '', html } = parsed
    const cut = [text, html || ''].some(one => one.length > MAX_SHOWN_CHARACTERS)
    return {
      ...summarise(mail, parsed.subject, parsed.date),
      text: text.slice(0, MAX_SHOWN_CHARACTERS),
      ...(html ? { html: html.slice(0, MAX_SHOWN_CHARACTERS) } : {}),
      headers: parsed.headerLines.map(({ line }) => readHeader(line)),
      attachments: parsed.attachments.map(({ filename, contentType, size }) => ({
        name: filename ?? '',
        type: contentType,
        size,
      })),
      ...(cut ? { truncated: true } : {}),
      ...(problem === undefined ? {} : { problem }),
    }
  }
}

/** The parser gives up on a message with a thousand parts and more; its head can be shown all the same. */
async function parseWhole(raw: Uint8Array) {
  try {
    return { parsed: await parse(raw) }
  } catch (error) {
    return { parsed: await parse(headOf(raw)), problem: errorText(error) }
  }
}

async function parse(raw: Uint8Array) {
  const { simpleParser } = await import('mailparser')
  return simpleParser(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength), PARSE_OPTIONS)
}

function summarise(mail: StoredMail, subject: string | undefined, date: Date | undefined): MailSummary {
  const { from, to } = mail.envelope
  const readable = date && !Number.isNaN(date.getTime()) ? date : mail.receivedAt
  return { id: mail.id, from, to, subject: subject ?? '', date: readable.toISOString(), size: mail.raw.length }
}

/** Up to and with the empty line (RFC 5322, section 2.1). */
function headOf(raw: Uint8Array): Uint8Array {
  const start = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, MAX_MAIL_HEAD_BYTES))
  const end = start.indexOf('\r\n\r\n')
  return end === -1 ? start : start.subarray(0, end + 4)
}

function readHeader(line: string): { name: string; value: string } {
  const colon = line.indexOf(':')
  return {
    name: line.slice(0, colon),
    value: line
      .slice(colon + 1)
      .replace(/\r?\n/g, '')
      .trim(),
  }
}
