/** Sessions of signed-in accounts, in the database: any process that uses it can serve their requests, also after a restart. */
import type { Kysely } from 'kysely'
import type { Account, Accounts } from './accounts.ts'
import type { Schema, SessionRow } from './schema.ts'
import { SortedIds } from './sorted-ids.ts'
import { StoreError } from './store-error.ts'
import { createToken, hashToken } from './token.ts'

export interface Session {
  /** Names the session in lists; it does not authenticate. */
  readonly id: string
  /** Milliseconds since 1970, as the other times. */
  readonly createdAt: number
  readonly seenAt: number
  readonly expiresAt: number
  /** The client's IP address at sign-in. */
  readonly address: string
  /** The User-Agent field at sign-in, shortened. */
  readonly userAgent: string
}

/** A session and the account that it belongs to, as the account is now. */
export interface SignedIn {
  readonly session: Session
  readonly account: Account
}

export interface NewSession {
  readonly account: Account
  readonly address: string
  readonly userAgent: string
}

export interface SessionTimes {
  /** Milliseconds without a request after which a session ends. */
  readonly idle: number
  /** Milliseconds after which a session ends in any case. */
  readonly lifetime: number
}

/** Sessions of one account; a new one replaces the oldest. */
const MAX_SESSIONS = 100
const MAX_USER_AGENT = 200
/** `seen_at` may lag by this much, or by a tenth of the idle time: a write for every request would cost more than the request. */
const SEEN_PRECISION_MS = 60_000

export class Sessions {
  readonly #db: Kysely<Schema>
  readonly #accounts: Pick<Accounts, 'fromRow' | 'isUnchanged'>
  readonly #now: () => number
  readonly #ids = new SortedIds()

  /**
   * @param now the clock, in milliseconds since 1970
   * @internal
   */
  constructor(db: Kysely<Schema>, accounts: Pick<Accounts, 'fromRow' | 'isUnchanged'>, now: () => number = Date.now) {
    this.#db = db
    this.#accounts = accounts
    this.#now = now
  }

  /**
   * Starts a session. The token is the only copy: the database has its hash.
   *
   * @throws StoreError with code `conflict` if the account was removed or got another password since `Accounts.verify` has
   * returned it
   */
  async create({ account, address, userAgent }: NewSession, { idle, lifetime }: SessionTimes): Promise<NewlySignedIn> {
    const now = this.#now()
    await this.#removeExpired(now, idle)
    await this.#removeOldest(account.name)
    const token = createToken()
    const row: SessionRow = {
      id: this.#ids.next(),
      token_hash: hashToken(token),
      account: account.name,
      account_created_at: account.createdAt,
      created_at: now,
      seen_at: now,
      expires_at: now + lifetime,
      address,
      user_agent: userAgent.slice(0, MAX_USER_AGENT),
    }
    await this.#db.transaction().execute(async transaction => {
      if (!(await this.#accounts.isUnchanged(account, transaction)))
        throw new StoreError('conflict', 'the account has changed')
      await transaction.insertInto('sessions').values(row).execute()
    })
    return { token, session: toSession(row), account }
  }

  /** Returns the session of a token; undefined if there is none, it has ended, or its account was removed. */
  async find(token: string, { idle }: Pick<SessionTimes, 'idle'>): Promise<SignedIn | undefined> {
    const now = this.#now()
    const row = await this.#read(token)
    if (!row || row.expires_at <= now || row.seen_at + idle <= now) return undefined
    const { read_paths, write_paths, delete_paths, quota, file_quota, stored_at } = row
    const isStored = read_paths !== null && write_paths !== null && stored_at !== null
    const columns = { name: row.account, delete_paths, quota, file_quota }
    const stored = isStored ? { ...columns, read_paths, write_paths, created_at: stored_at } : undefined
    const account = this.#accounts.fromRow(row.account, stored)
    if (account?.createdAt !== row.account_created_at) return undefined
    if (now - row.seen_at > Math.min(SEEN_PRECISION_MS, idle / 10)) await this.#touch(row.id, now)
    return { session: toSession(row), account }
  }

  /** Returns the sessions of an account that have not ended, newest first. */
  async list(account: Account, { idle }: Pick<SessionTimes, 'idle'>): Promise<readonly Session[]> {
    const now = this.#now()
    const rows = await this.#db
      .selectFrom('sessions')
      .selectAll()
      .where('account', '=', account.name)
      .where('account_created_at', '=', account.createdAt)
      .where('expires_at', '>', now)
      .where('seen_at', '>', now - idle)
      .orderBy('id', 'desc')
      .execute()
    return rows.map(toSession)
  }

  /** Ends one session of an account; returns false if there is none with this id. */
  async remove(account: Account, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('sessions')
      .where('id', '=', id)
      .where('account', '=', account.name)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }

  /** Ends all sessions of an account; returns how many there were. */
  async removeAll(account: Account): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('sessions')
      .where('account', '=', account.name)
      .executeTakeFirst()
    return Number(numDeletedRows)
  }

  /** Ends all sessions of all accounts. */
  async clear(): Promise<void> {
    await this.#db.deleteFrom('sessions').execute()
  }

  /** Reads a session with its account; the columns of the account are null if it is not stored. */
  #read(token: string) {
    return this.#db
      .selectFrom('sessions')
      .leftJoin('accounts', 'accounts.name', 'sessions.account')
      .selectAll('sessions')
      .select(['accounts.read_paths', 'accounts.write_paths', 'accounts.quota', 'accounts.file_quota'])
      .select(['accounts.delete_paths', 'accounts.created_at as stored_at'])
      .where('token_hash', '=', hashToken(token))
      .executeTakeFirst()
  }

  async #touch(id: string, now: number): Promise<void> {
    await this.#db.updateTable('sessions').set({ seen_at: now }).where('id', '=', id).execute()
  }

  async #removeExpired(now: number, idle: number): Promise<void> {
    await this.#db
      .deleteFrom('sessions')
      .where(row => row.or([row('expires_at', '<=', now), row('seen_at', '<=', now - idle)]))
      .execute()
  }

  /** Makes room for one session. */
  async #removeOldest(account: string): Promise<void> {
    const kept = this.#db
      .selectFrom('sessions')
      .select('id')
      .where('account', '=', account)
      .orderBy('id', 'desc')
      .limit(MAX_SESSIONS - 1)
    await this.#db.deleteFrom('sessions').where('account', '=', account).where('id', 'not in', kept).execute()
  }
}

/** A session with the token that authenticates it. */
export interface NewlySignedIn extends SignedIn {
  readonly token: string
}

function toSession(row: SessionRow): Session {
  return {
    id: row.id,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    expiresAt: row.expires_at,
    address: row.address,
    userAgent: row.user_agent,
  }
}
