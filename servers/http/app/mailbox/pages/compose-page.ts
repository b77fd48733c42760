/** The page for writing a message. What was typed stays in the form if the message cannot be sent. */
import { html } from 'hono/html'
import * as z from 'zod'
import type { Response } from '../../../response/response.ts'
import { readBody } from '../../api/operation.ts'
import { type Html, pageResponse, redirect } from '../../pages/page.ts'
import { Problem } from '../../problem.ts'
import type { Call } from '../../request/call.ts'
import { check } from '../../request/parse.ts'
import { toProblem } from '../../to-problem.ts'
import { describeRefusals } from '../compose/refusal.ts'
import { draftReply } from '../compose/reply.ts'
import {
  draftSchema,
  MAX_DRAFT_BYTES,
  MAX_SUBJECT_LENGTH,
  MAX_TEXT_LENGTH,
  ownAddress,
  type Submission,
  submit,
} from '../compose/submission.ts'
import { readMessage } from '../mailbox.ts'

/** The form as it was typed. `draftSchema` then checks it, so that an invalid field does not lose the others. */
const formSchema = z.strictObject({
  to: z.string().default(''),
  cc: z.string().default(''),
  subject: z.string().default(''),
  text: z.string().default(''),
  answers: z.string().optional(),
})
type Form = z.output<typeof formSchema>

interface Message {
  readonly text: string
  readonly status: number
  readonly headers?: readonly string[]
}

export function showDraft(call: Call): Promise<Response> {
  return draftPage({ to: '', cc: '', subject: '', text: '' }, call)
}

export async function showReply(call: Call): Promise<Response> {
  const read = await readMessage(call)
  return draftPage({ ...draftReply(read), cc: '', answers: read.message.id }, call)
}

export async function submitDraft(call: Call): Promise<Response> {
  const typed = await readBody(formSchema, call, MAX_DRAFT_BYTES)
  try {
    const submission = await submit(check(draftSchema, typed, 'field'), call)
    return submission.refused.length === 0 ? redirect('/app/mail?sent=yes') : partlySent(typed, submission, call)
  } catch (error) {
    const problem = toProblem(error)
    if (!(problem instanceof Problem)) throw error
    return draftPage(typed, call, { text: problem.detail, status: problem.status, headers: problem.headers })
  }
}

/** The form has only the refused recipients, so that sending it again does not send the message twice to the others. */
function partlySent(typed: Form, { accepted, refused }: Submission, call: Call): Promise<Response> {
  const text = `The message was sent to ${accepted.join(', ')}, but the SMTP server refused ${describeRefusals(refused)}`
  return draftPage({ ...typed, to: refused.map(({ address }) => address).join(', '), cc: '' }, call, {
    text,
    status: 200,
  })
}

function draftPage({ to, cc, subject, text, answers }: Form, call: Call, message?: Message): Promise<Response> {
  const content = html`${message ? html`<p class="error" role="alert">${message.text}</p>` : ''}
<form method="post" action="/app/mail/compose">
${answers === undefined ? '' : html`<input type="hidden" name="answers" value="${answers}">`}
<p>From: ${ownAddress(call)}</p>
${field('to', 'To', to, html` required aria-describedby="to-help"${to === '' ? html` autofocus` : ''}`)}
<p class="soft" id="to-help">Separate addresses with commas.</p>
${field('cc', 'Cc', cc, html``)}
<label for="subject">Subject</label>
<input id="subject" name="subject" value="${subject}" maxlength="${MAX_SUBJECT_LENGTH}">
<label for="text">Text</label>
<textarea class="long" id="text" name="text" maxlength="${MAX_TEXT_LENGTH}"${to === '' ? '' : html` autofocus`}>
${text}</textarea>
<button>Send</button> <a class="button plain" href="${answers === undefined ? '/app/mail' : `/app/mail/${answers}`}">Cancel</a>
</form>`
  const title = answers === undefined ? 'New message' : 'Reply'
  return pageResponse({ title, content, client: call.client, status: message?.status, headers: message?.headers })
}

function field(name: string, label: string, value: string, attributes: Html): Html {
  return html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" value="${value}" inputmode="email" autocapitalize="none" autocomplete="off"${attributes}>`
}
