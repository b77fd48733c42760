/** Verifies the credentials of AUTH (RFC 4954), or accepts any, as a test of a mail client wants. */
import type { Account } from '../../shared/store/accounts.ts'
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
  /** When the account was created; undefined if any credentials are accepted. */
  readonly createdAt?: number | undefined
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
    const { user, password } = signIn
    // First, so that a token is used up, and not stored with the message, if any credentials are accepted.
    const submitter = await this.#findSubmitter(user, password)
    if (submitter) return signedInAs(submitter)
    if (this.#mode === 'any') return { account: user, credentials: signIn }
    const result = await this.#limiter.signIn({ user, password, address })
    if (result.status === 'accepted') return signedInAs(result.account)
    return result.status === 'busy' ? AUTH_BUSY : AUTH_FAILED
  }

  /** Returns the account for which the application submits a message; undefined if the password is not a token for that. */
  async #findSubmitter(user: string, password: string): Promise<Account | undefined> {
    const { accounts, submissionTokens } = this.#store
    if (!submissionTokens.isToken(password)) return undefined
    const account = await accounts.get(user)
    return account && (await submissionTokens.redeem(password, account)) ? account : undefined
  }
}

function signedInAs({ name, createdAt }: Account): SignedIn {
  return { account: name, createdAt }
}
