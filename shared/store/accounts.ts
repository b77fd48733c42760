/** Accounts: names and passwords that can sign in by FTP, SMTP and HTTP, and what each account may do. */
import type { Kysely, Transaction } from 'kysely'
import { Semaphore } from '../async/semaphore.ts'
import { UsageError } from '../errors.ts'
import {
  type Account,
  type AccountChange,
  type NewAccount,
  parseAccount,
  parseChange,
  parsePassword,
} from './account.ts'
import { AccountsSnapshot } from './accounts-snapshot.ts'
import { DEMONSTRATION_ACCOUNTS, type DemonstrationAccount } from './demonstration-accounts.ts'
import { DEFAULT_COST, hashPassword, type ScryptCost, verifyNothing, verifyPassword } from './password.ts'
import type { AccountRow, Schema } from './schema.ts'
import { StoreError } from './store-error.ts'

/** Passwords verified at once, and how many more wait: each takes 16 MiB and a thread. */
const VERIFICATIONS = { concurrency: 2, maxQueued: 20 }

export type { Account, AccountChange, NewAccount }

export interface AccountsOptions {
  /** Accounts that are not stored. Default: none. */
  readonly demonstration?: readonly DemonstrationAccount[] | undefined
  /** The cost of a new password hash. Default: `DEFAULT_COST`. */
  readonly passwordCost?: ScryptCost | undefined
}

export class Accounts {
  readonly #db: Kysely<Schema>
  readonly #demonstration: readonly DemonstrationAccount[]
  readonly #passwordCost: ScryptCost
  readonly #verifications = new Semaphore(VERIFICATIONS)
  /** The hash with which the password of an account was verified. */
  readonly #verifiedHashes = new WeakMap<Account, string>()

  /** @internal */
  constructor(db: Kysely<Schema>, { demonstration = [], passwordCost = DEFAULT_COST }: AccountsOptions = {}) {
    this.#db = db
    this.#demonstration = demonstration
    this.#passwordCost = passwordCost
  }

  /**
   * Stores a new account.
   *
   * @throws UsageError if the name is taken, or a part of the account is invalid
   */
  async add(account: NewAccount): Promise<Account> {
    const { name, password, read, write, delete: deletable, quota, fileQuota } = parseAccount(account)
    const row = {
      name,
      password: await hashPassword(password, this.#passwordCost),
      read_paths: JSON.stringify(read),
      write_paths: JSON.stringify(write),
      delete_paths: deletable ? JSON.stringify(deletable) : null,
      quota: quota ?? null,
      file_quota: fileQuota ?? null,
      created_at: Date.now(),
    }
    try {
      await this.#db.insertInto('accounts').values(row).execute()
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'conflict') throw error
      const advice = `Choose another name, or change its password with fourwire user passwd ${name}`
      throw new UsageError(`account "${name}" exists already. ${advice}`, { cause: error })
    }
    return toAccount(row)
  }

  /** Returns all accounts by name; those that exist only on loopback are last. */
  async list(): Promise<readonly Account[]> {
    const rows = await this.#db.selectFrom('accounts').selectAll().execute()
    // In JavaScript, because the databases order text differently.
    const stored = rows.map(toAccount).sort((a, b) => (a.name < b.name ? -1 : 1))
    return [...stored, ...(await this.demonstration()).map(withoutPassword)]
  }

  /** Returns the accounts that are not stored. A stored account replaces the one of its name. */
  async demonstration(): Promise<readonly DemonstrationAccount[]> {
    if (this.#demonstration.length === 0) return []
    const rows = await this.#db.selectFrom('accounts').select('name').execute()
    const stored = new Set(rows.map(({ name }) => name))
    return this.#demonstration.filter(({ name }) => !stored.has(name))
  }

  /** Returns an account, in any case of its name; undefined if it does not exist. */
  async get(name: string): Promise<Account | undefined> {
    return this.fromRow(name, await this.#find(name))
  }

  /** Returns the account of a row that another query has read; without a row, the demonstration account. @internal */
  fromRow(name: string, row: Omit<AccountRow, 'password'> | undefined): Account | undefined {
    if (row) return toAccount(row)
    const demonstration = this.#findDemonstration(name)
    return demonstration && withoutPassword(demonstration)
  }

  /**
   * Changes what an account may do. Servers read the account again for each command, so the change takes effect at once.
   *
   * @throws UsageError if the account does not exist, or a part of the change is invalid
   */
  async update(name: string, change: AccountChange): Promise<Account> {
    const { read, write, delete: deletable, quota, fileQuota } = parseChange(change)
    const row = await this.#db
      .updateTable('accounts')
      .set({
        // An update needs at least one column.
        name: name.toLowerCase(),
        ...(read && { read_paths: JSON.stringify(read) }),
        ...(write && { write_paths: JSON.stringify(write) }),
        ...(deletable !== undefined && { delete_paths: deletable && JSON.stringify(deletable) }),
        ...(quota !== undefined && { quota }),
        ...(fileQuota !== undefined && { file_quota: fileQuota }),
      })
      .where('name', '=', name.toLowerCase())
      .returningAll()
      .executeTakeFirst()
    if (!row) throw this.#notStored(name)
    return toAccount(row)
  }

  /**
   * Changes a password, and ends the sessions of the account.
   *
   * @throws UsageError if the account does not exist, or the password is empty or longer than 1024 characters
   */
  async setPassword(name: string, password: string): Promise<void> {
    const changed = { password: await hashPassword(parsePassword(password), this.#passwordCost) }
    await this.#db.transaction().execute(async transaction => {
      const { numUpdatedRows } = await transaction
        .updateTable('accounts')
        .set(changed)
        .where('name', '=', name.toLowerCase())
        .executeTakeFirst()
      if (numUpdatedRows === 0n) throw this.#notStored(name)
      await endSessions(name.toLowerCase(), transaction)
    })
  }

  /**
   * Removes an account, and ends its sessions.
   *
   * @throws UsageError if it does not exist
   */
  async remove(name: string): Promise<void> {
    await this.#db.transaction().execute(async transaction => {
      const { numDeletedRows } = await transaction
        .deleteFrom('accounts')
        .where('name', '=', name.toLowerCase())
        .executeTakeFirst()
      if (numDeletedRows === 0n) throw this.#notStored(name)
      await endSessions(name.toLowerCase(), transaction)
    })
  }

  /** Copies all stored accounts, to restore them later. @internal */
  snapshot(): Promise<AccountsSnapshot> {
    return AccountsSnapshot.take(this.#db)
  }

  /**
   * Verifies a password. An unknown name takes as long as a wrong password.
   *
   * @returns the account; undefined if the name or the password is wrong
   * @throws StoreError with code `busy` if too many sign-ins are waiting
   */
  async verify(name: string, password: string): Promise<Account | undefined> {
    const verified = this.#verifications.run(() => this.#verify(name, password))
    if (!verified) throw new StoreError('busy', 'too many sign-ins at once')
    return verified
  }

  async #verify(name: string, password: string): Promise<Account | undefined> {
    const row = await this.#find(name)
    if (row) return (await verifyPassword(password, row.password)) ? this.#verified(row) : undefined
    const demonstration = this.#findDemonstration(name)
    if (demonstration?.password === password) return withoutPassword(demonstration)
    await verifyNothing(password, this.#passwordCost)
    return undefined
  }

  #verified(row: AccountRow): Account {
    const account = toAccount(row)
    this.#verifiedHashes.set(account, row.password)
    return account
  }

  /**
   * Returns true if a verified account has neither been removed nor got another password since. In a transaction, it cannot
   * change until the transaction ends.
   *
   * @param account the object that `verify` has returned
   * @internal
   */
  async isUnchanged(account: Account, transaction: Transaction<Schema>): Promise<boolean> {
    const password = this.#verifiedHashes.get(account)
    if (password === undefined) return true
    // An update that changes nothing locks the row on SQLite and on PostgreSQL.
    const { numUpdatedRows } = await transaction
      .updateTable('accounts')
      .set({ password })
      .where('name', '=', account.name)
      .where('created_at', '=', account.createdAt)
      .where('password', '=', password)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  async #find(name: string): Promise<AccountRow | undefined> {
    return this.#db.selectFrom('accounts').selectAll().where('name', '=', name.toLowerCase()).executeTakeFirst()
  }

  #findDemonstration(name: string): DemonstrationAccount | undefined {
    return this.#demonstration.find(account => account.name === name.toLowerCase())
  }

  #notStored(name: string): UsageError {
    const advice = `fourwire user add ${name} adds an account of this name, which replaces it`
    // Also in a program without demonstration accounts, such as fourwire user: the servers of the store can have them.
    return DEMONSTRATION_ACCOUNTS.some(account => account.name === name.toLowerCase())
      ? new UsageError(`account "${name}" exists for demonstration only and cannot be changed. ${advice}`)
      : new UsageError(`account "${name}" does not exist. fourwire user list shows the accounts`)
  }
}

/** Ends the sessions of an account, and the submissions that have not authenticated yet. */
async function endSessions(account: string, transaction: Transaction<Schema>): Promise<void> {
  await transaction.deleteFrom('sessions').where('account', '=', account).execute()
  await transaction.deleteFrom('submission_tokens').where('account', '=', account).execute()
}

function toAccount(row: Omit<AccountRow, 'password'>): Account {
  return {
    name: row.name,
    read: JSON.parse(row.read_paths) as string[],
    write: JSON.parse(row.write_paths) as string[],
    delete: row.delete_paths === null ? undefined : (JSON.parse(row.delete_paths) as string[]),
    quota: row.quota ?? undefined,
    fileQuota: row.file_quota ?? undefined,
    createdAt: row.created_at,
  }
}

function withoutPassword({ password: _, ...account }: DemonstrationAccount): Account {
  return { ...account, createdAt: 0 }
}
