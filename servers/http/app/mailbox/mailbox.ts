/** What pages and operations do with the mailboxes of the account that is signed in, and with no others. */
import * as z from 'zod'
import { parseQuery } from '../../../../shared/store/mail/mail-filter.ts'
import type { MessageSummary } from '../../../../shared/store/mail/message.ts'
import type { MessagePage } from '../../../../shared/store/mail/message-list.ts'
import type { View } from '../../../../shared/store/mail/parse/jobs.ts'
import type { Response } from '../../response/response.ts'
import { attachmentResponse, rawResponse } from '../../routes/mail/attachment-response.ts'
import { isOwn } from '../../routes/mail/representation.ts'
import { Problem } from '../problem.ts'
import type { Call } from '../request/call.ts'

const PAGE_SIZE = 25
const MAX_PAGE_SIZE = 100

export const mailListSchema = z.strictObject({
  q: z.string().default('').meta({ description: 'a search: words, from:, to:, subject:, has:attachment, is:unseen' }),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(PAGE_SIZE),
  cursor: z.string().optional().meta({ description: '`next` of the page before' }),
})

export interface ReadMessage {
  readonly message: MessageSummary
  readonly view: View
}

/** @throws UsageError if the query or the cursor is invalid */
export async function listMessages(
  { q, limit, cursor }: z.output<typeof mailListSchema>,
  { app, client }: Call,
): Promise<MessagePage> {
  const filter = { ...parseQuery(q), owner: client.account.name }
  return app.store.mail.list({ filter, limit, cursor })
}

/** @throws Problem 404 if there is no message with the id of the path in a mailbox of the account */
export async function findMessage(
  { app, client, request }: Call,
  id = request.params.id ?? '',
): Promise<MessageSummary> {
  const message = await app.store.mail.get(id)
  const { name } = client.account
  if (message?.envelope.to.some(recipient => isOwn(recipient, name))) return message
  throw notFound()
}

/** Parses the message of the path. */
export async function readMessage(call: Call, id?: string): Promise<ReadMessage> {
  const message = await findMessage(call, id)
  const view = await call.app.mail.read(() => call.app.store.mail.view(message.id))
  if (!view) throw notFound()
  return { message, view }
}

/** Parses the message of the path with the contents of its attachments, and makes a response of it. */
export async function respondWithContents(call: Call, respond: (view: View) => Response): Promise<Response> {
  const { id } = await findMessage(call)
  return call.app.mail.read(async () => {
    const view = await call.app.store.mail.view(id, { withContents: true })
    if (!view) throw notFound()
    return respond(view)
  })
}

/** Responds with an attachment, which a browser downloads instead of showing it. */
export function downloadAttachment(call: Call): Promise<Response> {
  const { n = '' } = call.request.params
  return respondWithContents(call, ({ attachments }) => {
    const attachment = /^\d{1,4}$/.test(n) ? attachments[Number(n)] : undefined
    if (!attachment?.content) throw new Problem(404, 'The message has no such attachment.')
    return attachmentResponse({ ...attachment, content: attachment.content, inline: false })
  })
}

/** Responds with the whole message as it is stored. */
export async function downloadMessage(call: Call): Promise<Response> {
  const { id } = await findMessage(call)
  return call.app.mail.read(async () => {
    const raw = await call.app.store.mail.raw(id)
    if (!raw) throw notFound()
    return rawResponse(id, raw, 'attachment')
  })
}

/** Deletes the message from the mailboxes of the account; it stays in those of others. */
export async function deleteMessage(call: Call): Promise<void> {
  const { id } = await findMessage(call)
  const wasDeleted = await call.app.store.mail.delete(id, call.client.account.name)
  if (!wasDeleted) throw notFound()
}

export async function setSeen(call: Call, seen: boolean): Promise<void> {
  const { id } = await findMessage(call)
  await call.app.store.mail.setSeen(id, seen)
}

/** The same for another account's message, so that it does not disclose that there is one. */
function notFound(): Problem {
  return new Problem(404, 'There is no message with this id in your mailbox.')
}
