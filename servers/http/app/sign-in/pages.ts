/** The pages for signing in and out, and the list of one's sessions. */
import { html } from 'hono/html'
import * as z from 'zod'
import type { Session } from '../../../../shared/store/sessions.ts'
import type { Response } from '../../response/response.ts'
import { readBody } from '../api/operation.ts'
import { type Html, pageResponse, redirect, timeElement } from '../pages/page.ts'
import type { PageRoute } from '../pages/page-route.ts'
import { Problem } from '../problem.ts'
import type { Call, OpenCall } from '../request/call.ts'
import { parseQuery } from '../request/parse.ts'
import { expiredSessionCookie, sessionCookie } from '../request/session-cookie.ts'
import { nextPath } from './next-path.ts'
import { credentialsSchema, endSession, signIn } from './sign-in.ts'

const nextSchema = z.strictObject({ next: z.string().optional() })
const formSchema = credentialsSchema.extend(nextSchema.shape)
const sessionFormSchema = z.strictObject({ id: z.string() })

export const signInPages: readonly PageRoute[] = [
  { access: 'open', path: '/app/sign-in', methods: { GET: showForm, POST: submitForm } },
  { access: 'open', path: '/app/sign-out', methods: { POST: signOut } },
  { access: 'signed-in', path: '/app/sessions', methods: { GET: showSessions, POST: endOne } },
  { access: 'signed-in', path: '/app/sessions/end-all', methods: { POST: endAll } },
]

async function showForm({ request, client }: OpenCall): Promise<Response> {
  const { next } = parseQuery(nextSchema, request.query)
  return client ? redirect(nextPath(next)) : signInPage({ next })
}

async function submitForm(call: OpenCall): Promise<Response> {
  const { next, ...credentials } = await readBody(formSchema, call)
  try {
    const { token } = await signIn(credentials, call)
    const { lifetime } = call.app.sessionTimes
    return redirect(nextPath(next), sessionCookie(token, call.request.isSecure, lifetime))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return signInPage({ next, user: credentials.user, problem: error })
  }
}

async function signOut(call: OpenCall): Promise<Response> {
  await endSession(call)
  return redirect('/app/sign-in', expiredSessionCookie(call.request.isSecure))
}

interface Form {
  readonly next: string | undefined
  readonly user?: string
  readonly problem?: Problem
}

function signInPage({ next, user = '', problem }: Form): Promise<Response> {
  const content = html`${problem ? html`<p class="error" role="alert">${problem.detail}</p>` : ''}
<form method="post" action="/app/sign-in">
${next === undefined ? '' : html`<input type="hidden" name="next" value="${next}">`}
<label for="user">Name</label>
<input id="user" name="user" value="${user}" autocomplete="username" autocapitalize="none" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button>
</form>`
  return pageResponse({ title: 'Sign in', content, status: problem?.status, headers: problem?.headers })
}

async function showSessions({ client, app }: Call): Promise<Response> {
  const sessions = await app.store.sessions.list(client.account, app.sessionTimes)
  const content = html`<p>These browsers and programs are signed in as <strong>${client.account.name}</strong>.</p>
<ul class="list">
${sessions.map(session => sessionItem(session, session.id === client.session.id))}
</ul>
<form method="post" action="/app/sessions/end-all"><button class="danger">Sign out everywhere</button></form>`
  return pageResponse({ title: 'Sessions', content, client })
}

function sessionItem({ id, address, userAgent, createdAt, seenAt }: Session, isCurrent: boolean): Html {
  const program = userAgent === '' ? 'unknown program' : userAgent
  return html`<li class="card">
<p><strong>${address}</strong>${isCurrent ? ' (this one)' : ''}</p>
<p class="soft">${program}</p>
<p class="soft">signed in ${timeElement(createdAt)}, last seen ${timeElement(seenAt)}</p>
<form method="post" action="/app/sessions"><input type="hidden" name="id" value="${id}"><button class="danger" aria-label="Sign out ${address}, ${program}">Sign out</button></form>
</li>
`
}

async function endOne(call: Call): Promise<Response> {
  const { id } = await readBody(sessionFormSchema, call)
  const removed = await call.app.store.sessions.remove(call.client.account, id)
  if (!removed) throw new Problem(404, 'This session has ended already.')
  return redirect('/app/sessions')
}

async function endAll({ client, app, request }: Call): Promise<Response> {
  await app.store.sessions.removeAll(client.account)
  return redirect('/app/sign-in', expiredSessionCookie(request.isSecure))
}
