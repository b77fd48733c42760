/** kysely on an `Executor`: one connection, which one query or transaction uses at a time. Drivers can share the connection. */
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
import type { Mutex } from '../../async/mutex.ts'
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
  readonly #connection: DatabaseConnection
  readonly #mutex: Mutex
  #release: () => void = () => undefined

  /** @param mutex that of all drivers of the same connection */
  constructor(executor: Executor, mutex: Mutex) {
    this.#executor = executor
    this.#mutex = mutex
    this.#connection = new SqliteConnection(executor)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    this.#release = await this.#mutex.acquire()
    return this.#connection
  }

  async releaseConnection(): Promise<void> {
    this.#release()
  }

  /** Runs a task that must not interleave with a transaction. */
  async exclusively<Result>(task: (executor: Executor) => Promise<Result>): Promise<Result> {
    await this.acquireConnection()
    try {
      return await task(this.#executor)
    } finally {
      await this.releaseConnection()
    }
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('BEGIN IMMEDIATE'))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('COMMIT'))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // SQLite itself rolls back after some errors, such as a full disk; this statement then fails.
    await connection.executeQuery(CompiledQuery.raw('ROLLBACK')).catch(() => undefined)
  }

  async destroy(): Promise<void> {
    await this.exclusively(executor => executor.close())
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #executor: Executor

  constructor(executor: Executor) {
    this.#executor = executor
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, changes } = await this.#executor.execute({ sql, parameters })
    return { rows: rows as Row[], numAffectedRows: BigInt(changes) }
  }

  streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('the store does not stream rows; read pages')
  }
}
