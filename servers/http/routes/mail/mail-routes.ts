/** The routes of `/mail`: the mail that the SMTP server accepted. */
import { Semaphore } from '../../../../shared/async/semaphore.ts'
import { errorText, UsageError } from '../../../../shared/errors.ts'
import { MAX_LIMIT } from '../../../../shared/store/mail/limits.ts'
import { parseQuery } from '../../../../shared/store/mail/mail-filter.ts'
import type { MailStore } from '../../../../shared/store/mail/mail-store.ts'
import type { MessageSummary } from '../../../../shared/store/mail/message.ts'
import type { Store } from '../../../../shared/store/store.ts'
import type { RouteRequest } from '../../request/request.ts'
import { jsonResponse, type Response, textResponse } from '../../response/response.ts'
import { storeFailureResponse, unavailable } from '../../response/store-failure.ts'
import { refuseChange } from '../conditions.ts'
import { attachmentResponse, rawResponse } from './attachment-response.ts'
import { streamJson } from './json-stream.ts'
import { type Access, MailAccess } from './mail-access.ts'
import { MailEvents } from './mail-events.ts'
import { isResponse, parseParameters } from './parameters.ts'
import { isOwn, toDetail, toSummary } from './representation.ts'

const DEFAULT_LIMIT = 100
/** Requests that read or change mail at once, and those that wait. */
const REQUESTS = { concurrency: 8, maxQueued: 200 }
/** Characters of text and HTML from which on the JSON is written in pieces. */
const LARGE_LENGTH = 64 * 1024
/** Bytes of the body of `POST /mail/:id/seen`. */
const MAX_BODY_BYTES = 1024
const NO_CONTENT: Response = { status: 204, headers: [] }

/** What a handler gets: the open store, what the request has access to, and the parameters of its query. */
interface Call<Name extends string> {
  readonly request: RouteRequest
  readonly mail: MailStore
  readonly access: Access
  readonly parameters: Partial<Record<Name, string>>
}

export class MailRoutes {
  readonly #store: Store
  readonly #access: MailAccess
  readonly #events = new MailEvents()
  readonly #requests = new Semaphore(REQUESTS)

  /** @param isOpen true if the server listens on loopback only, so that the mail needs no sign-in */
  constructor(store: Store, isOpen: boolean) {
    this.#store = store
    this.#access = new MailAccess(store, isOpen)
  }

  /** Ends the streams of events. */
  close(): void {
    this.#events.close()
  }

  /** `GET /mail?q=QUERY&limit=N&cursor=CURSOR&mailbox=ADDRESS`: newest first. */
  list(request: RouteRequest): Promise<Response> {
    return this.#handle(request, ['q', 'limit', 'cursor', 'mailbox'], async ({ mail, access, parameters }) => {
      const { q = '', cursor, mailbox, limit: text = String(DEFAULT_LIMIT) } = parameters
      const limit = /^\d{1,9}$/.test(text) ? Math.min(Number(text), MAX_LIMIT) : undefined
      if (limit === undefined) return textResponse(400, `The limit must be a number up to ${MAX_LIMIT}, not ${text}`)
      const filter = { ...parseQuery(q), mailbox, owner: access.owner }
      if (limit === 0) return jsonResponse([])
      const { messages, next, pending } = await mail.list({ filter, limit, cursor })
      const response = jsonResponse(messages.map(message => toSummary(message, access.owner)))
      const fields = [...nextLink(request, next), ...(pending ? ['Pending-Messages', String(pending)] : [])]
      return { ...response, headers: [...response.headers, ...fields] }
    })
  }

  /** `GET /mail/:id` */
  show(request: RouteRequest): Promise<Response> {
    return this.#handleMessage(request, async (message, { mail, access: { owner } }) => {
      const [view, conversation] = await Promise.all([mail.view(message.id), mail.transcript(message.id)])
      if (!view) return notFound(message.id)
      const detail = toDetail(message, view, { owner, conversation })
      if (view.text.length + (view.html?.length ?? 0) < LARGE_LENGTH) return jsonResponse(detail)
      const headers = ['Content-Type', 'application/json; charset=utf-8', 'X-Content-Type-Options', 'nosniff']
      return { status: 200, headers: [...headers, 'Cache-Control', 'no-store'], body: streamJson(detail) }
    })
  }

  /** `GET /mail/:id/raw` */
  raw(request: RouteRequest): Promise<Response> {
    return this.#handleMessage(request, async ({ id }, { mail }) => {
      const raw = await mail.raw(id)
      return raw ? rawResponse(id, raw) : notFound(id)
    })
  }

  /** `GET /mail/:id/attachments/:n`, counted from 0. */
  attachment(request: RouteRequest): Promise<Response> {
    return this.#handleMessage(request, async ({ id }, { mail }) => {
      const { n = '' } = request.params
      const view = await mail.view(id, { withContents: true })
      const attachment = /^\d{1,4}$/.test(n) ? view?.attachments[Number(n)] : undefined
      if (!attachment?.content) return textResponse(404, `The message ${id} has no attachment ${n}.`)
      return attachmentResponse({ ...attachment, content: attachment.content })
    })
  }

  /** `DELETE /mail/:id` */
  delete(request: RouteRequest): Promise<Response> {
    return this.#handleMessage(request, async ({ id }, { mail, access }) =>
      (await mail.delete(id, access.owner)) ? NO_CONTENT : notFound(id),
    )
  }

  /** `DELETE /mail` */
  clear(request: RouteRequest): Promise<Response> {
    return this.#handle(
      request,
      [],
      async ({ mail, access }) => refuseChange(request) ?? jsonResponse({ deleted: await mail.clear(access.owner) }),
    )
  }

  /** `POST /mail/:id/seen`, with no body or `{"seen": false}`. */
  setSeen(request: RouteRequest): Promise<Response> {
    return this.#handleMessage(request, async ({ id }, { mail }) => {
      const body = await request.body.read(MAX_BODY_BYTES)
      if (!Buffer.isBuffer(body)) return body
      const seen = parseSeen(body.toString('utf8'))
      if (seen === undefined) return textResponse(400, 'The body must be empty or {"seen": true} or {"seen": false}.')
      return (await mail.setSeen(id, seen)) ? NO_CONTENT : notFound(id)
    })
  }

  /** `GET /mail/events` */
  follow(request: RouteRequest): Promise<Response> {
    return this.#handle(request, [], async ({ mail, access }) => this.#events.open(mail, request, access))
  }

  /** Handles a request for one message; 404 if it does not exist, or is in no mailbox of the account. */
  #handleMessage(
    request: RouteRequest,
    work: (message: MessageSummary, call: Call<never>) => Promise<Response>,
  ): Promise<Response> {
    const { id = '' } = request.params
    return this.#handle(request, [], async call => {
      const { owner } = call.access
      const message = await call.mail.get(id)
      const isVisible = owner === undefined || message?.envelope.to.some(recipient => isOwn(recipient, owner))
      if (!message || !isVisible) return notFound(id)
      return refuseChange(request) ?? work(message, call)
    })
  }

  async #handle<const Name extends string>(
    request: RouteRequest,
    known: readonly Name[],
    work: (call: Call<Name>) => Promise<Response>,
  ): Promise<Response> {
    const access = await this.#access.check(request)
    if (isResponse(access)) return access
    const parameters = parseParameters(request.query, known)
    if (isResponse(parameters)) return parameters
    const handled = this.#requests.run(async () => {
      const { mail } = await this.#store.open()
      return work({ request, mail, access, parameters })
    })
    if (!handled) return unavailable('Too many requests for mail are pending.')
    try {
      return await handled
    } catch (error) {
      if (error instanceof UsageError) return textResponse(400, errorText(error))
      const response = storeFailureResponse(error)
      if (response) return response
      throw error
    }
  }
}

function notFound(id: string): Response {
  return textResponse(404, `There is no mail ${id}`)
}

/** The Link field of the next page (RFC 8288). */
function nextLink({ query }: RouteRequest, cursor: string | undefined): string[] {
  if (cursor === undefined) return []
  const parameters = new URLSearchParams(query)
  parameters.set('cursor', cursor)
  return ['Link', `</mail?${parameters}>; rel="next"`]
}

function parseSeen(body: string): boolean | undefined {
  if (body.trim() === '') return true
  try {
    const { seen } = Object(JSON.parse(body))
    return typeof seen === 'boolean' ? seen : undefined
  } catch {
    return undefined
  }
}
