/**
 * Checks before each command that the session's account may run it. The account is read again, because another process can
 * change or remove it while the session is open.
 */
import { StoreError } from '../../../shared/store/store-error.ts'
import type { Requirement } from '../commands/command.ts'
import { ANONYMOUS, canWrite, isSameAccount, type SessionAccount } from './accounts.ts'
import { ReplyError } from './replies.ts'
import { accountOf, type SessionState } from './state.ts'

/** @throws ReplyError 530 without a login, or if its account was removed; 550 if the account may not write */
export async function authorize(state: SessionState, requirement: Requirement): Promise<void> {
  if (requirement === 'nothing') return
  const account = accountOf(state)
  if (!account) throw new ReplyError(530, 'Log in first, with USER and PASS')
  if (requirement === 'login') return
  const current = account === ANONYMOUS ? account : await readAgain(state, account)
  if (requirement === 'write' && !canWrite(current)) throw new ReplyError(550, 'This account may only read')
}

async function readAgain(state: SessionState, account: SessionAccount): Promise<SessionAccount> {
  const current = await readAccount(state, account.name)
  if (!current || !isSameAccount(current, account)) {
    logOut(state)
    state.environment.log('logged out: the account was removed', { user: account.name })
    throw new ReplyError(530, `The account ${account.name} was removed; log in again`)
  }
  state.login = { status: 'logged-in', account: current }
  state.files.permit(current)
  return current
}

async function readAccount({ environment }: SessionState, name: string): Promise<SessionAccount | undefined> {
  try {
    return await environment.readAccount(name)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    environment.log('cannot read the account', { user: name, err: error })
    throw new ReplyError(451, 'The accounts cannot be read; try again later', { cause: error })
  }
}

function logOut(state: SessionState): void {
  state.login = { status: 'none' }
  state.files = state.environment.filesOf(ANONYMOUS)
}
