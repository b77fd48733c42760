/** Verifies the credentials of AUTH (RFC 4954), or accepts any, as a test of a mail client wants. */
import { SignInLimiter } from '../../shared/store/sign-in-limiter.ts'
import type { OpenStore } from '../../shared/store/store.ts'
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
  readonly #store: Pick<OpenStore, 'accounts' | 'submissionTokens'>
  readonly #limiter: SignInLimiter
  readonly #mode: SmtpOptions['auth']

  constructor(store: Pick<OpenStore, 'accounts' | 'submissionTokens'>, mode: SmtpOptions['auth']) {
    this.#store = store
    this.#limiter = new SignInLimiter(store.accounts)
    this.#mode = mode
  }

  /** Returns the account of the client, or the reply that refuses the credentials. */
  async verify(signIn: SignIn, address: string): Promise<SignedIn | Reply> {
    if (this.#mode === 'any') return { account: signIn.user, credentials: signIn }
    const { user, password } = signIn
    if (await this.#isSubmission(user, password)) return { account: user.toLowerCase() }
    const result = await this.#limiter.signIn({ user, password, address })
    if (result.status === 'accepted') return { account: result.account.name }
    return result.status === 'busy' ? AUTH_BUSY : AUTH_FAILED
  }

  /** True if the application submits a message for this account. */
  async #isSubmission(user: string, password: string): Promise<boolean> {
    const { accounts, submissionTokens } = this.#store
    if (!submissionTokens.isToken(password)) return false
    const account = await accounts.get(user)
    return account !== undefined && submissionTokens.redeem(password, account)
  }
}
