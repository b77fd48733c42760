/** Finds the account of a request at the path of a file: HTTP Basic, or the session of the application. */
import type { Account } from '../../../../shared/store/accounts.ts'
import { readBasicCredentials } from '../../request/basic-credentials.ts'
import { Problem } from '../problem.ts'
import type { OpenCall } from '../request/call.ts'
import { verifyCredentials } from './sign-in.ts'

const CHALLENGE = ['WWW-Authenticate', 'Basic realm="fourwire files", charset="UTF-8"']

/** @throws Problem 401 without credentials or with wrong ones, 429 after too many wrong ones */
export async function authenticate(call: OpenCall): Promise<Account> {
  const credentials = readBasicCredentials(call.request.headers)
  if (credentials) return verifyCredentials({ user: credentials.name, password: credentials.password }, call, CHALLENGE)
  if (call.client) return call.client.account
  throw new Problem(401, 'Only an account that may write here can change files: send HTTP Basic, or sign in at /app.', {
    headers: CHALLENGE,
  })
}
