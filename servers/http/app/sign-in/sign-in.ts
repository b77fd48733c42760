/** Signing in and out: verifies the password, starts a session, and ends it. */
import * as z from 'zod'
import type { Account } from '../../../../shared/store/accounts.ts'
import type { NewlySignedIn } from '../../../../shared/store/sessions.ts'
import { StoreError } from '../../../../shared/store/store-error.ts'
import { Problem } from '../problem.ts'
import type { OpenCall } from '../request/call.ts'
import { readSessionToken } from '../request/session-cookie.ts'

export const credentialsSchema = z.strictObject({
  user: z.string().max(1024).meta({ example: 'alice' }),
  password: z.string().max(1024).meta({ example: 'wonderland' }),
})

/** The same for an unknown name and a wrong password, so that it does not disclose which accounts exist. */
const WRONG = 'The name or the password is wrong.'

/**
 * Verifies the credentials and starts a session with a new token: a token that the client had before is never taken over
 * (session fixation), and its session ends.
 *
 * @throws Problem 401 if they are wrong, 429 after too many attempts, 503 if too many sign-ins are running
 */
export async function signIn(
  { user, password }: z.output<typeof credentialsSchema>,
  { request, app }: OpenCall,
): Promise<NewlySignedIn> {
  const { store, sessionTimes } = app
  const account = await verifyCredentials({ user, password }, { request, app })
  await endSession({ request, app })
  const address = request.client.host
  const userAgent = String(request.headers['user-agent'] ?? '')
  return store.sessions.create({ account, address, userAgent }, sessionTimes).catch((error: unknown) => {
    // The password was changed while it was verified.
    if (error instanceof StoreError && error.code === 'conflict') throw new Problem(401, WRONG, { cause: error })
    throw error
  })
}

/**
 * Returns the account of the credentials.
 *
 * @param challenge header fields of a 401 response
 * @throws Problem 401 if they are wrong, 429 after too many attempts, 503 if too many sign-ins are running
 */
export async function verifyCredentials(
  { user, password }: z.output<typeof credentialsSchema>,
  { request, app }: Pick<OpenCall, 'request' | 'app'>,
  challenge: readonly string[] = [],
): Promise<Account> {
  const attempt = app.attempts.start({ user, address: request.client.host })
  if (attempt.status === 'refused') throw tooManyAttempts(attempt.retryAfterMs)
  const account = await verify(user, password, app).catch((error: unknown) => {
    attempt.takeBack()
    throw error
  })
  if (!account) throw new Problem(401, WRONG, { headers: challenge })
  attempt.takeBack()
  return account
}

/** Ends the session of the request; does nothing if it has none. */
export async function endSession({ request, app: { store, sessionTimes } }: Pick<OpenCall, 'request' | 'app'>) {
  const token = readSessionToken(request.headers, request.isSecure)
  const signedIn = token === undefined ? undefined : await store.sessions.find(token, sessionTimes)
  if (signedIn) await store.sessions.remove(signedIn.account, signedIn.session.id)
}

async function verify(user: string, password: string, { store }: OpenCall['app']) {
  try {
    return await store.accounts.verify(user, password)
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'busy') throw error
    throw new Problem(503, 'Too many sign-ins at once.', { headers: ['Retry-After', '1'], cause: error })
  }
}

function tooManyAttempts(retryAfterMs: number): Problem {
  const seconds = Math.ceil(retryAfterMs / 1000)
  const detail = `Too many sign-ins have failed for this account or from this address. Try again in ${seconds} s.`
  return new Problem(429, detail, { headers: ['Retry-After', String(seconds)] })
}
