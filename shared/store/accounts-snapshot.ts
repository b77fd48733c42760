/** A copy of all accounts in memory, with their password hashes: `suite.reset()` restores it between two tests. */
import { isDeepStrictEqual } from 'node:util'
import type { Kysely, Transaction } from 'kysely'
import { UsageError } from '../errors.ts'
import type { AccountRow, Schema } from './schema.ts'

/** The most accounts that a snapshot copies. */
const MAX_ACCOUNTS = 10_000
/** Accounts of one statement: databases bound its parameters. */
const BATCH = 1000

export class AccountsSnapshot {
  readonly #db: Kysely<Schema>
  readonly #rows: readonly AccountRow[]

  private constructor(db: Kysely<Schema>, rows: readonly AccountRow[]) {
    this.#db = db
    this.#rows = rows
  }

  /** Copies the accounts. If they are too many, `restore` throws, not this function. */
  static async take(db: Kysely<Schema>): Promise<AccountsSnapshot> {
    const rows = await db
      .selectFrom('accounts')
      .selectAll()
      .limit(MAX_ACCOUNTS + 1)
      .execute()
    return new AccountsSnapshot(db, rows)
  }

  /**
   * Removes accounts that were added, adds those that were removed, and restores those that were changed.
   *
   * @throws UsageError if there were too many accounts to copy
   */
  async restore(): Promise<void> {
    if (this.#rows.length > MAX_ACCOUNTS) {
      throw new UsageError(`cannot reset the accounts: the store had more than ${MAX_ACCOUNTS} at the start`)
    }
    await this.#db.transaction().execute(async transaction => {
      const present = await transaction.selectFrom('accounts').selectAll().execute()
      await remove(withoutEqual(present, this.#rows), transaction)
      await add(withoutEqual(this.#rows, present), transaction)
    })
  }
}

/** Returns the rows that the others do not have, or have in another state. */
function withoutEqual(rows: readonly AccountRow[], others: readonly AccountRow[]): AccountRow[] {
  const byName = new Map(others.map(row => [row.name, row]))
  return rows.filter(row => !isDeepStrictEqual(row, byName.get(row.name)))
}

async function remove(rows: readonly AccountRow[], transaction: Transaction<Schema>): Promise<void> {
  for (let start = 0; start < rows.length; start += BATCH) {
    const names = rows.slice(start, start + BATCH).map(({ name }) => name)
    await transaction.deleteFrom('accounts').where('name', 'in', names).execute()
  }
}

async function add(rows: readonly AccountRow[], transaction: Transaction<Schema>): Promise<void> {
  for (let start = 0; start < rows.length; start += BATCH) {
    await transaction
      .insertInto('accounts')
      .values(rows.slice(start, start + BATCH))
      .execute()
  }
}
