/** The page with the list of messages, and the search. */
import { html } from 'hono/html'
import * as z from 'zod'
import { errorText, UsageError } from '../../../../../shared/errors.ts'
import { formatBytes } from '../../../../../shared/format-bytes.ts'
import type { MessageSummary } from '../../../../../shared/store/mail/message.ts'
import type { MessagePage } from '../../../../../shared/store/mail/message-list.ts'
import type { Response } from '../../../response/response.ts'
import { type Html, pageResponse, timeElement } from '../../pages/page.ts'
import type { Call } from '../../request/call.ts'
import { parseQuery } from '../../request/parse.ts'
import { listMessages, mailListSchema } from '../mailbox.ts'

const listPageSchema = mailListSchema.extend({ sent: z.literal('yes').optional() })

export async function showList(call: Call): Promise<Response> {
  const { sent, ...query } = parseQuery(listPageSchema, call.request.query)
  const searchForm = form(query.q)
  const { client } = call
  try {
    const page = await listMessages(query, call)
    const content = html`${sent ? html`<p role="status" class="status">The message was sent.</p>` : ''}
<p><a class="button" href="/app/mail/compose">Write a message</a></p>
${searchForm}
${list(page, query.q)}`
    return await pageResponse({ title: 'Mail', content, client })
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const content = html`<p class="error" role="alert">${errorText(error)}.</p>${searchForm}`
    return pageResponse({ title: 'Mail', content, client, status: 400 })
  }
}

function form(q: string): Html {
  return html`<form method="get" action="/app/mail" role="search">
<label for="q">Search</label>
<input id="q" name="q" type="search" value="${q}" aria-describedby="q-help" autocapitalize="none">
<p class="soft" id="q-help">Words, or conditions such as <code>from:bob</code> <code>is:unseen</code> <code>has:attachment</code> <code>after:2026-01-31</code></p>
<button>Search</button>${q === '' ? '' : html` <a class="button plain" href="/app/mail">Show all</a>`}
</form>`
}

function list({ messages, next, pending = 0 }: MessagePage, q: string): Html {
  const older = new URLSearchParams({ ...(q !== '' && { q }), cursor: next ?? '' })
  return html`${pending === 0 ? '' : html`<p role="status" class="status">${pending} new messages cannot be found yet. Search again in a moment.</p>`}
${messages.length === 0 ? html`<p>${q === '' ? 'There are no messages.' : 'No message matches the search.'}</p>` : ''}
<ul class="list">
${messages.map(item)}
</ul>
${next === undefined ? '' : html`<p><a href="/app/mail?${older}">Older messages</a></p>`}`
}

function item({ id, subject, from, envelope, receivedAt, size, seen, hasAttachments }: MessageSummary): Html {
  const title = subject === '' ? '(no subject)' : subject
  return html`<li class="card">
<p>${seen ? '' : html`<strong class="badge">Unread</strong> `}<a href="/app/mail/${id}"><bdi>${title}</bdi></a></p>
<p class="soft"><bdi>${from || envelope.from || '(no sender)'}</bdi></p>
<p class="soft">${timeElement(receivedAt.getTime())}, ${formatBytes(size)}${hasAttachments ? ', with attachment' : ''}</p>
</li>
`
}
