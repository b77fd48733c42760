/** The page with one message. Its HTML is only in a sandboxed frame. */
import { html } from 'hono/html'
import * as z from 'zod'
import { formatBytes } from '../../../../../shared/format-bytes.ts'
import type { MailAddress } from '../../../../../shared/store/mail/parse/parsed-message.ts'
import type { Response } from '../../../response/response.ts'
import { isOwn } from '../../../routes/mail/representation.ts'
import { type Html, pageResponse, redirect, timeElement } from '../../pages/page.ts'
import { Problem } from '../../problem.ts'
import type { Call } from '../../request/call.ts'
import { parseQuery } from '../../request/parse.ts'
import { htmlFrameResponse } from '../html-frame.ts'
import { deleteMessage, findMessage, type ReadMessage, readMessage, respondWithContents, setSeen } from '../mailbox.ts'

/** Characters of the text on the page. */
const MAX_SHOWN_TEXT = 256 * 1024
const MAX_SHOWN_LINKS = 100
const MAX_SHOWN_ADDRESSES = 100

const viewSchema = z.strictObject({ as: z.enum(['text', 'html']).optional() })

export async function showMessage(call: Call): Promise<Response> {
  const { as } = parseQuery(viewSchema, call.request.query)
  const read = await readMessage(call)
  const { message, view } = read
  // A program that checks the page with HEAD has not read the message.
  if (call.request.method !== 'HEAD' && !message.seen) await setSeen(call, true)
  const isFrame = view.html !== undefined && (as ?? (view.textIsFromHtml ? 'html' : 'text')) === 'html'
  const content = html`${actions(message.id)}
${fields(read, call.client.account.name)}
${notes(read)}
${isFrame ? frame(message.id) : text(read)}
${attachments(read)}
${links(view.links)}`
  // Otherwise a browser resolves the names of links before a person follows them.
  const headers = ['X-DNS-Prefetch-Control', 'off']
  return pageResponse({ title: titleOf(message.subject), content, client: call.client, headers })
}

function titleOf(subject: string): string {
  return subject.trim() === '' ? '(no subject)' : subject
}

function actions(id: string): Html {
  return html`<div class="actions">
<a class="button" href="/app/mail/${id}/reply">Reply</a>
<a class="button plain" href="/app/mail/${id}/delete">Delete</a>
<form method="post" action="/app/mail/${id}/unread"><button>Mark as unread</button></form>
<a href="/app/mail/${id}/raw">Download the message</a>
</div>`
}

function fields({ message, view }: ReadMessage, owner: string): Html {
  const { from, to, cc, replyTo } = view.addresses
  const { envelope, account, parameters } = message
  // With any credentials accepted, the account is only what the client wrote.
  const sender = account !== undefined && parameters.credentials === undefined ? account : undefined
  const delivered = envelope.to.filter(recipient => isOwn(recipient, owner))
  return html`<dl class="fields">
${field('From', from.length > 0 ? from : [{ name: '', address: envelope.from || '(no sender)' }])}
${sender === undefined ? '' : html`<dt>Signed in as</dt><dd>${sender}</dd>\n`}${field('Reply to', replyTo)}${field('To', to)}${field('Cc', cc)}
<dt>Delivered to</dt><dd>${delivered.join(', ')}, ${timeElement(message.receivedAt.getTime())}</dd>
</dl>`
}

function field(name: string, addresses: readonly MailAddress[]): Html | '' {
  if (addresses.length === 0) return ''
  const shown = addresses.slice(0, MAX_SHOWN_ADDRESSES)
  const more = addresses.length - shown.length
  return html`<dt>${name}</dt><dd>${shown.map(address)}${more > 0 ? `and ${more} more` : ''}</dd>
`
}

function address({ name, address }: MailAddress): Html {
  return html`<span class="address"><bdi>${name === '' ? address : `${name} <${address}>`}</bdi></span> `
}

function notes({ view: { problem, truncated } }: ReadMessage): Html {
  return html`${problem === undefined ? '' : html`<p class="error">The content cannot be shown: ${problem}. Download the message to read it.</p>`}
${truncated ? html`<p class="error">The message is too long to be shown in full. Download it to read the rest.</p>` : ''}`
}

function frame(id: string): Html {
  return html`<p class="soft">Images of other sites are blocked. <a href="/app/mail/${id}?as=text">Show as text</a></p>
<iframe sandbox src="/app/mail/${id}/html" title="The message as HTML"></iframe>`
}

function text({ message: { id }, view }: ReadMessage): Html {
  const shown = view.text.slice(0, MAX_SHOWN_TEXT)
  return html`${view.html === undefined ? '' : html`<p class="soft"><a href="/app/mail/${id}?as=html">Show as HTML</a></p>`}
<div class="card text" role="region" aria-label="Text of the message">${shown}</div>
${shown.length < view.text.length ? html`<p class="error">The text is longer. Download the message to read the rest.</p>` : ''}`
}

function attachments({ message: { id }, view }: ReadMessage): Html | '' {
  if (view.attachments.length === 0) return ''
  return html`<h2>Attachments</h2>
<ul class="list">
${view.attachments.map(
  ({ filename, type, size, inline }, index) => html`<li class="card">
<p><a href="/app/mail/${id}/attachments/${index}"><bdi>${filename || `attachment ${index + 1}`}</bdi></a></p>
<p class="soft">${type}, ${formatBytes(size)}${inline ? ', shown in the HTML' : ''}</p>
</li>
`,
)}
</ul>`
}

/** Only http and https are links; others, such as javascript:, are text. */
function links(all: readonly string[]): Html | '' {
  if (all.length === 0) return ''
  const shown = all.slice(0, MAX_SHOWN_LINKS)
  const more = all.length - shown.length
  return html`<h2>Links in the message</h2>
<ul class="links">
${shown.map(link => html`<li>${isWebLink(link) ? html`<a href="${link}" rel="noopener noreferrer nofollow">${link}</a>` : html`<code>${link}</code>`}</li>\n`)}
</ul>
${more > 0 ? html`<p class="soft">and ${more} more</p>` : ''}`
}

function isWebLink(link: string): boolean {
  return URL.canParse(link) && /^https?:$/.test(new URL(link).protocol)
}

/** `GET /app/mail/:id/html`: the document of the frame. */
export function showHtml(call: Call): Promise<Response> {
  return respondWithContents(call, ({ html, attachments }) => {
    if (html === undefined) throw new Problem(404, 'The message has no HTML.')
    return htmlFrameResponse(html, attachments)
  })
}

export async function markUnread(call: Call): Promise<Response> {
  await setSeen(call, false)
  return redirect('/app/mail')
}

export async function confirmDelete(call: Call): Promise<Response> {
  const { id, subject, from } = await findMessage(call)
  const content = html`<p class="card"><bdi>${titleOf(subject)}</bdi><br><bdi class="soft">${from}</bdi></p>
<form method="post" action="/app/mail/${id}/delete">
<button class="danger">Delete</button> <a class="button plain" href="/app/mail/${id}">Cancel</a>
</form>`
  return pageResponse({ title: 'Delete message', content, client: call.client })
}

export async function remove(call: Call): Promise<Response> {
  await deleteMessage(call)
  return redirect('/app/mail')
}
