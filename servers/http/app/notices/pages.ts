/** The pages of the notice board. */
import { html } from 'hono/html'
import { isAuthor, type Notice } from '../../../../shared/store/notices.ts'
import type { Response } from '../../response/response.ts'
import { readBody } from '../api/operation.ts'
import { type Html, pageResponse, redirect, timeElement } from '../pages/page.ts'
import type { PageRoute } from '../pages/page-route.ts'
import type { Call } from '../request/call.ts'
import { parseQuery } from '../request/parse.ts'
import { deleteNotice, editNotice, findOwnNotice } from './notice-board.ts'
import { noticePageSchema, noticeTextSchema } from './operations.ts'

export const noticePages: readonly PageRoute[] = [
  { access: 'signed-in', path: '/app/notices', methods: { GET: showNotices, POST: post } },
  { access: 'signed-in', path: '/app/notices/:id', methods: { GET: showNotice, POST: edit } },
  { access: 'signed-in', path: '/app/notices/:id/delete', methods: { GET: confirmDelete, POST: remove } },
]

async function showNotices({ request, app, client }: Call): Promise<Response> {
  const { notices, next } = await app.store.notices.list(parseQuery(noticePageSchema, request.query))
  const content = html`<form method="post" action="/app/notices">
${textField('New notice', '')}
<button>Post</button>
</form>
${notices.length === 0 ? html`<p>There are no notices.</p>` : ''}
<ul class="list">
${notices.map(notice => noticeItem(notice, isAuthor(client.account, notice)))}
</ul>
${next === undefined ? '' : html`<p><a href="/app/notices?${new URLSearchParams({ cursor: next })}">Older notices</a></p>`}`
  return pageResponse({ title: 'Notices', content, client })
}

function noticeItem(notice: Notice, isOwn: boolean): Html {
  const { id, author, text, createdAt, editedAt } = notice
  return html`<li class="card" id="notice-${id}">
<p class="soft"><strong>${author}</strong>, ${timeElement(createdAt)}${editedAt === undefined ? '' : html`, edited ${timeElement(editedAt)}`}</p>
<p class="text">${text}</p>
${isOwn ? html`<p class="actions"><a href="/app/notices/${id}">Edit</a> <a href="/app/notices/${id}/delete">Delete</a></p>` : ''}
</li>
`
}

function textField(label: string, text: string): Html {
  // A browser ignores a newline directly after the tag, so that one that belongs to the text is kept.
  return html`<label for="text">${label}</label>
<textarea id="text" name="text" maxlength="10000" required>
${text}</textarea>`
}

async function post(call: Call): Promise<Response> {
  const { text } = await readBody(noticeTextSchema, call)
  await call.app.store.notices.add(call.client.account, text)
  return redirect('/app/notices')
}

async function showNotice(call: Call): Promise<Response> {
  const { id, text } = await findOwnNotice(call.app.store.notices, call.client.account, call.request.params.id)
  const content = html`<form method="post" action="/app/notices/${id}">
${textField('Text', text)}
<button>Save</button> <a class="button plain" href="/app/notices">Cancel</a>
</form>`
  return pageResponse({ title: 'Edit notice', content, client: call.client })
}

async function edit(call: Call): Promise<Response> {
  const { text } = await readBody(noticeTextSchema, call)
  await editNotice(call.app.store.notices, call.client.account, { id: call.request.params.id, text })
  return redirect('/app/notices')
}

async function confirmDelete(call: Call): Promise<Response> {
  const { id, text } = await findOwnNotice(call.app.store.notices, call.client.account, call.request.params.id)
  const content = html`<p class="card text">${text}</p>
<form method="post" action="/app/notices/${id}/delete">
<button class="danger">Delete</button> <a class="button plain" href="/app/notices">Cancel</a>
</form>`
  return pageResponse({ title: 'Delete notice', content, client: call.client })
}

async function remove({ app, client, request }: Call): Promise<Response> {
  await deleteNotice(app.store.notices, client.account, request.params.id)
  return redirect('/app/notices')
}
