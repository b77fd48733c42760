/** kysely on an `Executor`. Statements are sent without waiting for those before; a transaction has the database for itself. */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import type { Release, SharedLock } from '../../async/shared-lock.ts'
import type { Cause } from '../../trace/event.ts'
import type { Write } from '../engine.ts'
import type { Executor } from './executor.ts'

export function sqliteDialect(driver: SqliteDriver): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driver,
    createIntrospector: db => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

export class SqliteDriver implements Driver {
  readonly #executor: Executor
  readonly #lock: SharedLock

  /** @param lock that of all drivers of the same database: a transaction has it for itself, single statements share it */
  constructor(executor: Executor, lock: SharedLock) {
    this.#executor = executor
    this.#lock = lock
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteConnection> {
    return new SqliteConnection(this.#executor, await this.#lock.acquireShared())
  }

  async releaseConnection(connection: SqliteConnection): Promise<void> {
    connection.release()
  }

  /** Executes all statements in one transaction, without an interleaved statement: the executor does it in one step. */
  async write(writes: readonly Write[], cause?: Cause): Promise<void> {
    const release = await this.#lock.acquireShared()
    try {
      await this.#executor.write(writes, cause)
    } finally {
      release()
    }
  }

  async beginTransaction(connection: SqliteConnection): Promise<void> {
    // Nothing was executed on the connection yet. Two that kept their share would wait for each other.
    connection.release()
    connection.release = await this.#lock.acquireExclusive()
    await connection.executeQuery(CompiledQuery.raw('BEGIN IMMEDIATE'))
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('COMMIT'))
  }

  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    // SQLite itself rolls back after some errors, such as a full disk; this statement then fails.
    await connection.executeQuery(CompiledQuery.raw('ROLLBACK')).catch(() => undefined)
  }

  async destroy(): Promise<void> {
    const release = await this.#lock.acquireExclusive()
    try {
      await this.#executor.close()
    } finally {
      release()
    }
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #executor: Executor
  /** Releases the lock: the share of a statement, or all of it for a transaction. */
  release: Release

  constructor(executor: Executor, release: Release) {
    this.#executor = executor
    this.release = release
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, changes } = await this.#executor.execute({ sql, parameters })
    return { rows: rows as Row[], numAffectedRows: BigInt(changes) }
  }

  streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('the store does not stream rows; read pages')
  }
}
