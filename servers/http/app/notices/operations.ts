/** The operations on the notice board. */
import * as z from 'zod'
import type { Account } from '../../../../shared/store/accounts.ts'
import { isAuthor, type Notice } from '../../../../shared/store/notices.ts'
import { defineOperation } from '../api/operation.ts'
import { json, NO_CONTENT } from '../api/responses.ts'
import { deleteNotice, editNotice, findNotice } from './notice-board.ts'

/** Characters of a notice. */
const MAX_LENGTH = 10_000
const PAGE_SIZE = 20
const MAX_PAGE_SIZE = 100

export const noticeTextSchema = z.strictObject({
  text: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(MAX_LENGTH, `must have at most ${MAX_LENGTH} characters`)
    .meta({ example: 'The printer works again.' }),
})

export const noticePageSchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(PAGE_SIZE),
  cursor: z.string().optional().meta({ description: '`next` of the page before' }),
})

const noticeSchema = z
  .object({
    id: z.string(),
    author: z.string(),
    text: z.string(),
    createdAt: z.iso.datetime(),
    editedAt: z.iso.datetime().nullable(),
    own: z.boolean().meta({ description: 'the account that is signed in may edit and delete it' }),
  })
  .meta({ id: 'Notice' })

export const noticeOperations = [
  defineOperation({
    id: 'listNotices',
    method: 'GET',
    path: '/api/notices',
    summary: 'the notices, newest first',
    query: noticePageSchema,
    response: {
      status: 200,
      description: 'a page of notices',
      schema: z.object({ notices: z.array(noticeSchema), next: z.string().nullable() }),
    },
    handle: async ({ query, app: { store }, client: { account } }) => {
      const { notices, next } = await store.notices.list(query)
      return json({ notices: notices.map(notice => toJson(notice, account)), next: next ?? null })
    },
  }),
  defineOperation({
    id: 'postNotice',
    method: 'POST',
    path: '/api/notices',
    summary: 'post a notice',
    body: noticeTextSchema,
    response: { status: 201, description: 'posted: Location has its path', schema: noticeSchema },
    handle: async ({ body, app: { store }, client: { account } }) => {
      const notice = await store.notices.add(account, body.text)
      return json(toJson(notice, account), { status: 201, headers: ['Location', `/api/notices/${notice.id}`] })
    },
  }),
  defineOperation({
    id: 'getNotice',
    method: 'GET',
    path: '/api/notices/:id',
    summary: 'one notice',
    response: { status: 200, description: 'the notice', schema: noticeSchema },
    problems: [404],
    handle: async ({ app: { store }, client: { account }, request: { params } }) =>
      json(toJson(await findNotice(store.notices, params.id), account)),
  }),
  defineOperation({
    id: 'editNotice',
    method: 'PATCH',
    path: '/api/notices/:id',
    summary: 'change the text of a notice of one’s own',
    body: noticeTextSchema,
    response: { status: 200, description: 'the changed notice', schema: noticeSchema },
    problems: [404],
    handle: async ({ body, app: { store }, client: { account }, request: { params } }) =>
      json(toJson(await editNotice(store.notices, account, { id: params.id, text: body.text }), account)),
  }),
  defineOperation({
    id: 'deleteNotice',
    method: 'DELETE',
    path: '/api/notices/:id',
    summary: 'delete a notice of one’s own',
    response: { status: 204, description: 'deleted' },
    problems: [404],
    handle: async ({ app: { store }, client: { account }, request: { params } }) => {
      await deleteNotice(store.notices, account, params.id)
      return NO_CONTENT
    },
  }),
]

function toJson(notice: Notice, account: Account): z.input<typeof noticeSchema> {
  const { id, author, text, createdAt, editedAt } = notice
  return {
    id,
    author,
    text,
    createdAt: new Date(createdAt).toISOString(),
    editedAt: editedAt === undefined ? null : new Date(editedAt).toISOString(),
    own: isAuthor(account, notice),
  }
}
