/**
 * Tokens with which the application submits one message over SMTP for a signed-in account: it does not have the account's
 * password. The SMTP server accepts a token in place of the password, once.
 */
import type { Kysely } from 'kysely'
import type { Account } from './account.ts'
import type { Schema } from './schema.ts'
import { createToken, hashToken } from './token.ts'

/** Distinguishes a token from a password, so that no password is looked up as a token. */
const PREFIX = 'submission-token:'
/** Milliseconds that a token is valid: the time to connect and to authenticate. */
const LIFETIME_MS = 30_000

export class SubmissionTokens {
  readonly #db: Kysely<Schema>
  readonly #now: () => number

  /**
   * @param now the clock, in milliseconds since 1970
   * @internal
   */
  constructor(db: Kysely<Schema>, now: () => number = Date.now) {
    this.#db = db
    this.#now = now
  }

  /** Returns a new token, to be sent as the password of SMTP AUTH. */
  async create(account: Account): Promise<string> {
    const now = this.#now()
    const token = `${PREFIX}${createToken()}`
    await this.#db.deleteFrom('submission_tokens').where('expires_at', '<=', now).execute()
    await this.#db
      .insertInto('submission_tokens')
      .values({
        token_hash: hashToken(token),
        account: account.name,
        account_created_at: account.createdAt,
        expires_at: now + LIFETIME_MS,
      })
      .execute()
    return token
  }

  /** Returns true if the text has the form of a token. */
  isToken(password: string): boolean {
    return password.startsWith(PREFIX)
  }

  /** Uses a token up; returns false if it is not valid for this account. */
  async redeem(token: string, account: Account): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('submission_tokens')
      .where('token_hash', '=', hashToken(token))
      .where('account', '=', account.name)
      .where('account_created_at', '=', account.createdAt)
      .where('expires_at', '>', this.#now())
      .executeTakeFirst()
    return numDeletedRows > 0n
  }
}
