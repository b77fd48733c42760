/**
 * Refuses mail of a session whose account was removed after it signed in. The account is read again for each message, because
 * another process can remove it while the session is open.
 */
import type { Accounts } from '../../shared/store/accounts.ts'
import type { Conversation } from '../../shared/trace/conversation.ts'
import { ACCOUNT_REMOVED, type Reply } from './replies.ts'
import type { SignedIn } from './sign-ins.ts'

/** The conversation that causes the query. */
type Causing = Pick<Conversation, 'runAsCause'>

export class SenderCheck {
  readonly #accounts: Pick<Accounts, 'get'>

  constructor(accounts: Pick<Accounts, 'get'>) {
    this.#accounts = accounts
  }

  /** Returns the reply that refuses the sender; undefined if the session has no account, or it exists. */
  check(signedIn: SignedIn | undefined, cause: Causing): Promise<Reply | undefined> | undefined {
    // Any credentials are accepted: there is no account to read.
    if (signedIn?.createdAt === undefined) return undefined
    return cause.runAsCause(() => this.#read(signedIn))
  }

  async #read({ account, createdAt }: SignedIn): Promise<Reply | undefined> {
    const current = await this.#accounts.get(account)
    return current?.createdAt === createdAt ? undefined : ACCOUNT_REMOVED
  }
}
