/** Login and logout (RFC 959, section 4.1.1): USER, PASS, ACCT, REIN, QUIT. */
import { isTemporary } from '../../../shared/store/store-error.ts'
import { ANONYMOUS, canWrite, isAnonymous, type SessionAccount } from '../session/accounts.ts'
import { ReplyError } from '../session/replies.ts'
import { reinitialize, type SessionState } from '../session/state.ts'
import { closeConnector } from '../transfer/transfer.ts'
import type { Commands, Reply } from './command.ts'

/** Wrong passwords, after which the connection is closed. */
const MAX_FAILED_LOGINS = 3

/** USER ends the previous login (RFC 959). It is accepted for unknown names too, so that the reply does not disclose names. */
function user(state: SessionState, reply: Reply, name: string): void {
  if (name === '') throw new ReplyError(501, 'USER needs a name')
  if (state.environment.tlsPolicy.isRequired && !state.tls)
    throw new ReplyError(530, 'TLS is required; use AUTH TLS first')
  state.login = { status: 'user-given', user: name }
  reply(331, isAnonymous(name) ? 'Any password will do; your address is welcome' : `Password for ${name}`)
}

async function pass(state: SessionState, reply: Reply, password: string): Promise<void> {
  const { login, environment } = state
  if (login.status !== 'user-given') throw new ReplyError(503, 'USER comes first')
  if (isAnonymous(login.user)) return acceptLogin(state, reply, ANONYMOUS)
  const result = await environment.signIn(login.user, password).catch(rejectWithReply)
  if (result.status === 'accepted') acceptLogin(state, reply, result.account)
  else if (result.status === 'busy') reply(421, 'Too many logins at once; try again later')
  else rejectLogin(state, reply, login.user)
}

/** Of the codes that RFC 959 has for PASS, 421 is the one for a failure that passes. */
function rejectWithReply(error: unknown): never {
  if (!isTemporary(error)) throw error
  throw new ReplyError(421, 'The accounts cannot be read; try again later', { cause: error })
}

function acceptLogin(state: SessionState, reply: Reply, account: SessionAccount): void {
  state.login = { status: 'logged-in', account }
  state.files = state.environment.filesOf(account)
  state.environment.log('logged in', { user: account.name })
  reply(230, canWrite(account) ? `${account.name} is logged in` : 'Logged in; this account may only read')
}

function rejectLogin(state: SessionState, reply: Reply, user: string): void {
  state.login = { status: 'none' }
  state.failedLogins++
  state.environment.log('login failed', { user })
  reply(530, 'Wrong name or password')
  if (state.failedLogins >= MAX_FAILED_LOGINS) reply(421, 'Too many wrong passwords; closing')
}

/** There is nothing to charge. */
function acct(_state: SessionState, reply: Reply): void {
  reply(202, 'No account is needed')
}

/** The connection is as it was after the greeting (RFC 959). Wrong passwords still count. */
function rein(state: SessionState, reply: Reply): void {
  // It would have to end TLS and continue in clear (RFC 4217, section 11), which Node's TLS sockets cannot.
  if (state.tls) throw new ReplyError(534, 'REIN would end TLS; open another connection')
  closeConnector(state)
  reinitialize(state)
  reply(220, 'Ready for another user')
}

export const login: Commands = {
  USER: { syntax: '<name>', requires: 'nothing', run: user },
  PASS: { syntax: '<password>', requires: 'nothing', run: pass },
  ACCT: { syntax: '<account>', requires: 'nothing', run: acct },
  REIN: { syntax: '', requires: 'nothing', run: rein },
  QUIT: { syntax: '', requires: 'nothing', run: (_state, reply) => reply(221, 'Goodbye') },
}
