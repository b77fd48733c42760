/** The operations on the mailboxes of the account that is signed in. */
import * as z from 'zod'
import { streamJson } from '../../routes/mail/json-stream.ts'
import { toDetail, toSummary } from '../../routes/mail/representation.ts'
import { defineOperation } from '../api/operation.ts'
import { json, NO_CONTENT } from '../api/responses.ts'
import { draftSchema, MAX_DRAFT_BYTES, submit } from './compose/submission.ts'
import {
  deleteMessage,
  downloadAttachment,
  downloadMessage,
  listMessages,
  mailListSchema,
  readMessage,
  setSeen,
} from './mailbox.ts'
import { messageSchema, seenSchema, submissionSchema, summarySchema } from './schemas.ts'

/** Characters of text and HTML from which on the JSON is written in pieces. */
const LARGE_LENGTH = 64 * 1024

export const mailOperations = [
  defineOperation({
    id: 'listMail',
    method: 'GET',
    path: '/api/mail',
    summary: 'the messages in the mailboxes of the account, newest first',
    query: mailListSchema,
    response: {
      status: 200,
      description: 'a page of messages; `pending` is the number of new messages that a search cannot find yet',
      schema: z.object({
        messages: z.array(summarySchema),
        next: z.string().nullable(),
        pending: z.number().int().optional(),
      }),
    },
    handle: async call => {
      const { messages, next, pending } = await listMessages(call.query, call)
      const { name } = call.client.account
      return json({ messages: messages.map(message => toSummary(message, name)), next: next ?? null, pending })
    },
  }),
  defineOperation({
    id: 'sendMail',
    method: 'POST',
    path: '/api/mail',
    summary: 'send a message: it is submitted to the SMTP server',
    body: draftSchema,
    maxBodyBytes: MAX_DRAFT_BYTES,
    response: { status: 201, description: 'sent, to the accepted recipients', schema: submissionSchema },
    problems: [404, 422],
    handle: async call => json(await submit(call.body, call), { status: 201 }),
  }),
  defineOperation({
    id: 'getMail',
    method: 'GET',
    path: '/api/mail/:id',
    summary: 'one message, parsed',
    response: { status: 200, description: 'the message', schema: messageSchema },
    problems: [404],
    handle: async call => {
      const { message, view } = await readMessage(call)
      const owner = call.client.account.name
      const { parameters, recipientParameters, ...detail } = toDetail(message, view, { owner, root: '/api/mail' })
      if (view.text.length + (view.html?.length ?? 0) < LARGE_LENGTH) return json(detail)
      const headers = [
        'Content-Type',
        'application/json',
        'X-Content-Type-Options',
        'nosniff',
        'Cache-Control',
        'no-store',
      ]
      return { status: 200, headers, body: streamJson(detail) }
    },
  }),
  defineOperation({
    id: 'deleteMail',
    method: 'DELETE',
    path: '/api/mail/:id',
    summary: 'delete a message from the mailboxes of the account',
    response: { status: 204, description: 'deleted' },
    problems: [404],
    handle: async call => {
      await deleteMessage(call)
      return NO_CONTENT
    },
  }),
  defineOperation({
    id: 'getRawMail',
    method: 'GET',
    path: '/api/mail/:id/raw',
    summary: 'the message as it is stored',
    response: { status: 200, description: 'the message', mediaType: 'message/rfc822' },
    problems: [404],
    handle: downloadMessage,
  }),
  defineOperation({
    id: 'getMailAttachment',
    method: 'GET',
    path: '/api/mail/:id/attachments/:n',
    summary: 'the content of an attachment, counted from 0',
    response: { status: 200, description: 'the attachment, with its own media type', mediaType: '*/*' },
    problems: [404],
    handle: downloadAttachment,
  }),
  defineOperation({
    id: 'markMail',
    method: 'POST',
    path: '/api/mail/:id/seen',
    summary: 'mark a message as seen, or as not seen',
    body: seenSchema,
    response: { status: 204, description: 'marked' },
    problems: [404],
    handle: async call => {
      await setSeen(call, String(call.body.seen) === 'true')
      return NO_CONTENT
    },
  }),
]
