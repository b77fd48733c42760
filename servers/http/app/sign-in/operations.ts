/** The operations on sessions: signing in and out, and the list of one's sessions. */
import * as z from 'zod'
import type { Account } from '../../../../shared/store/accounts.ts'
import type { Session } from '../../../../shared/store/sessions.ts'
import { defineOpenOperation, defineOperation } from '../api/operation.ts'
import { json, NO_CONTENT } from '../api/responses.ts'
import { Problem } from '../problem.ts'
import { expiredSessionCookie, sessionCookie } from '../request/session-cookie.ts'
import { credentialsSchema, endSession, signIn } from './sign-in.ts'

const time = () => z.iso.datetime()

const accountSchema = z
  .object({ name: z.string(), read: z.array(z.string()), write: z.array(z.string()), delete: z.array(z.string()) })
  .meta({ id: 'Account', description: 'an account, and the folders that it may read and change' })

const sessionSchema = z
  .object({
    id: z.string(),
    createdAt: time(),
    seenAt: time(),
    expiresAt: time(),
    address: z.string(),
    userAgent: z.string(),
    current: z.boolean(),
  })
  .meta({ id: 'Session' })

const signedInSchema = z.object({ account: accountSchema, session: sessionSchema }).meta({ id: 'SignedIn' })

export const sessionOperations = [
  defineOpenOperation({
    id: 'signIn',
    method: 'POST',
    path: '/api/sign-in',
    summary: 'sign in: the response sets the cookie of a new session',
    body: credentialsSchema,
    response: { status: 200, description: 'signed in', schema: signedInSchema },
    problems: [401, 429],
    handle: async ({ body, ...call }) => {
      const { token, account, session } = await signIn(body, call)
      const { lifetime } = call.app.sessionTimes
      const headers = sessionCookie(token, call.request.isSecure, lifetime)
      return json({ account: toAccount(account), session: toSession(session, session.id) }, { headers })
    },
  }),
  defineOpenOperation({
    id: 'signOut',
    method: 'POST',
    path: '/api/sign-out',
    summary: 'end the session of the cookie',
    response: { status: 204, description: 'signed out, or there was no session' },
    handle: async call => {
      await endSession(call)
      return { ...NO_CONTENT, headers: [...NO_CONTENT.headers, ...expiredSessionCookie(call.request.isSecure)] }
    },
  }),
  defineOperation({
    id: 'getSession',
    method: 'GET',
    path: '/api/session',
    summary: 'the account that is signed in, and its session',
    response: { status: 200, description: 'the session of the cookie', schema: signedInSchema },
    handle: async ({ client: { account, session } }) =>
      json({ account: toAccount(account), session: toSession(session, session.id) }),
  }),
  defineOperation({
    id: 'listSessions',
    method: 'GET',
    path: '/api/sessions',
    summary: 'all sessions of the account, newest first',
    response: { status: 200, description: 'the sessions', schema: z.object({ sessions: z.array(sessionSchema) }) },
    handle: async ({ client, app }) => {
      const sessions = await app.store.sessions.list(client.account, app.sessionTimes)
      return json({ sessions: sessions.map(session => toSession(session, client.session.id)) })
    },
  }),
  defineOperation({
    id: 'endSession',
    method: 'DELETE',
    path: '/api/sessions/:id',
    summary: 'end one session of the account',
    response: { status: 204, description: 'the session has ended' },
    problems: [404],
    handle: async ({ client, app, request: { params } }) => {
      const removed = await app.store.sessions.remove(client.account, params.id ?? '')
      if (!removed) throw new Problem(404, 'The account has no session with this id.')
      return NO_CONTENT
    },
  }),
  defineOperation({
    id: 'endAllSessions',
    method: 'DELETE',
    path: '/api/sessions',
    summary: 'end all sessions of the account, also this one',
    response: { status: 200, description: 'how many', schema: z.object({ ended: z.number().int() }) },
    handle: async ({ client, app, request }) => {
      const ended = await app.store.sessions.removeAll(client.account)
      return json({ ended }, { headers: expiredSessionCookie(request.isSecure) })
    },
  }),
]

function toAccount({ name, read, write, delete: deletable = write }: Account): z.input<typeof accountSchema> {
  return { name, read: [...read], write: [...write], delete: [...deletable] }
}

function toSession(session: Session, currentId: string): z.input<typeof sessionSchema> {
  const { id, address, userAgent } = session
  return {
    id,
    createdAt: new Date(session.createdAt).toISOString(),
    seenAt: new Date(session.seenAt).toISOString(),
    expiresAt: new Date(session.expiresAt).toISOString(),
    address,
    userAgent,
    current: id === currentId,
  }
}
