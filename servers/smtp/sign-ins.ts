/** Verifies the credentials of AUTH (RFC 4954), or accepts any, as a test of a mail client wants. */
import type { Accounts } from '../../shared/store/accounts.ts'
import { SignInLimiter } from '../../shared/store/sign-in-limiter.ts'
import type { SmtpOptions } from './options.ts'
import { AUTH_BUSY, AUTH_FAILED, type Reply } from './replies.ts'

/** Credentials from AUTH. */
export interface SignIn {
  readonly mechanism: string
  readonly user: string
  readonly password: string
}

/** What a session knows of its client after AUTH. */
export interface SignedIn {
  readonly account: string
  /** What the client sent, if any credentials are accepted. */
  readonly credentials?: SignIn | undefined
}

export class SignIns {
  readonly #limiter: SignInLimiter
  readonly #mode: SmtpOptions['auth']

  constructor(accounts: Accounts, mode: SmtpOptions['auth']) {
    this.#limiter = new SignInLimiter(accounts)
    this.#mode = mode
  }

  /** Returns the account of the client, or the reply that refuses the credentials. */
  async verify(signIn: SignIn, address: string): Promise<SignedIn | Reply> {
    if (this.#mode === 'any') return { account: signIn.user, credentials: signIn }
    const { user, password } = signIn
    const result = await this.#limiter.signIn({ user, password, address })
    if (result.status === 'accepted') return { account: result.account.name }
    return result.status === 'busy' ? AUTH_BUSY : AUTH_FAILED
  }
}
