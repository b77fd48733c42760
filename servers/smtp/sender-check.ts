/**
 * Refuses mail of a session whose account was removed after it signed in. The account is read again for each message, because
 * another process can remove it while the session is open.
 */
import type { Log } from '../../shared/log.ts'
import type { Accounts } from '../../shared/store/accounts.ts'
import { StoreError } from '../../shared/store/store-error.ts'
import { ACCOUNT_REMOVED, COMMAND_FAILED, type Reply } from './replies.ts'
import type { SignedIn } from './sign-ins.ts'

export class SenderCheck {
  readonly #accounts: Pick<Accounts, 'get'>
  readonly #log: Log

  constructor(accounts: Pick<Accounts, 'get'>, log: Log) {
    this.#accounts = accounts
    this.#log = log
  }

  /** Returns the reply that refuses the sender; undefined if the session has no account, or it exists. 451 if it cannot be read. */
  check(signedIn: SignedIn | undefined): Promise<Reply | undefined> | undefined {
    // Any credentials are accepted: there is no account to read.
    if (signedIn?.createdAt === undefined) return undefined
    return this.#read(signedIn)
  }

  async #read({ account, createdAt }: SignedIn): Promise<Reply | undefined> {
    try {
      const current = await this.#accounts.get(account)
      return current?.createdAt === createdAt ? undefined : ACCOUNT_REMOVED
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      this.#log.error({ account, err: error }, 'smtp: cannot read the account')
      return COMMAND_FAILED
    }
  }
}
