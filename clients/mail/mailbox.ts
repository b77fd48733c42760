/** The mail of a running suite, over HTTP. */
import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import * as z from 'zod'
import { RefusedError } from '../../shared/errors.ts'
import type { ClientOptions } from '../../shared/service.ts'
import type { ServerFlags } from './options.ts'
import { request, translateError } from './request.ts'

const summarySchema = z.looseObject({
  id: z.string(),
  from: z.string(),
  to: z.array(z.string()),
  author: z.string(),
  subject: z.string(),
  date: z.string(),
  size: z.number(),
  seen: z.boolean(),
  hasAttachments: z.boolean().optional(),
})

const detailSchema = summarySchema.extend({
  text: z.string(),
  html: z.string().optional(),
  links: z.array(z.string()),
  attachments: z.array(z.looseObject({ name: z.string(), type: z.string(), size: z.number(), path: z.string() })),
  conversation: z.string().optional(),
  problem: z.string().optional(),
})

/** An entry of the list, as in the README of the HTTP server. */
export type MailSummary = z.output<typeof summarySchema>
export type MailDetail = z.output<typeof detailSchema>

export interface MailQuery {
  /** Words and conditions: `from:ann subject:"two words" has:attachment`. */
  readonly query?: string | undefined
  readonly mailbox?: string | undefined
  /** Messages, newest first. Default: 100. */
  readonly limit?: number | undefined
}

/** An id before that of every message. */
const FIRST_EVENT_ID = '0'

/** Messages of one page. */
const PAGE_SIZE = 1000

/** Characters of an event. */
const MAX_LINE_LENGTH = 1024 * 1024

/** Every method throws RefusedError if the server refuses the request, and UnreachableError if none listens there. */
export class Mailbox {
  readonly #flags: ServerFlags
  readonly #options: ClientOptions

  constructor(flags: ServerFlags = {}, options: ClientOptions = {}) {
    this.#flags = { server: flags.server, user: flags.user, password: flags.password }
    this.#options = options
  }

  async list(query: MailQuery = {}): Promise<MailSummary[]> {
    return this.#json(z.array(summarySchema), listPath(query))
  }

  /** Yields all messages, newest first, page by page. */
  async *all({ query, mailbox }: Omit<MailQuery, 'limit'> = {}): AsyncGenerator<MailSummary> {
    let path: string | undefined = listPath({ query, mailbox, limit: PAGE_SIZE })
    while (path !== undefined) {
      const response = await this.#request({ path })
      yield* parse(z.array(summarySchema), await this.#body(response))
      path = nextPage(response.headers.link)
    }
  }

  async get(id: string): Promise<MailDetail> {
    return this.#json(detailSchema, pathOf(id))
  }

  /** Returns the bytes of a message, with the Received field of the server in front. */
  async raw(id: string): Promise<Uint8Array> {
    return this.#body(await this.#request({ path: `${pathOf(id)}/raw` }))
  }

  async delete(id: string): Promise<void> {
    ;(await this.#request({ method: 'DELETE', path: pathOf(id) })).resume()
  }

  /** Deletes all messages; returns how many there were. */
  async clear(): Promise<number> {
    const response = await this.#request({ method: 'DELETE', path: '/mail' })
    return parse(z.object({ deleted: z.number() }), await this.#body(response)).deleted
  }

  /** Yields the messages, oldest first, and then those that arrive. */
  async *follow(signal: AbortSignal): AsyncGenerator<MailSummary> {
    const response = await this.#request({ path: '/mail/events', headers: { 'Last-Event-ID': FIRST_EVENT_ID } })
    const end = () => response.destroy()
    signal.addEventListener('abort', end, { once: true })
    try {
      for await (const line of linesOf(response)) {
        if (line.startsWith('data: ')) yield parse(summarySchema, Buffer.from(line.slice('data: '.length)))
      }
    } catch (error) {
      if (!signal.aborted) throw translateError(error, this.#options)
    } finally {
      signal.removeEventListener('abort', end)
      response.destroy()
    }
  }

  async #json<Schema extends z.ZodType>(schema: Schema, path: string): Promise<z.output<Schema>> {
    return parse(schema, await this.#body(await this.#request({ path })))
  }

  #request(mailRequest: Omit<Parameters<typeof request>[0], keyof ServerFlags>): Promise<IncomingMessage> {
    return request({ ...this.#flags, ...mailRequest }, this.#options)
  }

  async #body(response: IncomingMessage): Promise<Uint8Array> {
    try {
      return await buffer(response)
    } catch (error) {
      throw translateError(error, this.#options)
    }
  }
}

/** Yields the lines of a stream of events. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  for await (const text of response.setEncoding('utf8')) {
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > MAX_LINE_LENGTH) throw new RefusedError('long', 'the server sent an event that is too long')
    yield* lines
  }
}

function listPath({ query, mailbox, limit }: MailQuery): string {
  const parameters = new URLSearchParams({
    ...(query === undefined || query === '' ? {} : { q: query }),
    ...(mailbox === undefined ? {} : { mailbox }),
    ...(limit === undefined ? {} : { limit: String(limit) }),
  })
  return `/mail${parameters.size > 0 ? `?${parameters}` : ''}`
}

/** Returns the target of `Link: </mail?cursor=9>; rel="next"` (RFC 8288); undefined on the last page. */
function nextPage(link: string | string[] | undefined): string | undefined {
  return /^<(\/mail\?[^>]*)>; rel="next"$/.exec(String(link))?.[1]
}

function pathOf(id: string): string {
  return `/mail/${encodeURIComponent(id)}`
}

/** @throws RefusedError if the server is not one of Fourwire */
function parse<Schema extends z.ZodType>(schema: Schema, body: Uint8Array): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(body).toString('utf8')))
  } catch (error) {
    throw new RefusedError('protocol', 'the server does not return mail as Fourwire does', { cause: error })
  }
}
