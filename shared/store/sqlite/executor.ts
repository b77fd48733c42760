/**
 * Executes statements on one SQLite database, in the thread that calls it. `WorkerExecutor` has the same methods and runs
 * them in a worker thread, so that the event loop does not wait for the disk.
 */
import { access, constants } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import type { Cause } from '../../trace/event.ts'
import type { QueryRows, Statement, Write } from '../engine.ts'
import { StoreError } from '../store-error.ts'
import { textValue } from '../text-value.ts'
import { type Database, loadSqlite, type PreparedStatement } from './load-sqlite.ts'
import { sqliteError } from './sqlite-error.ts'

/** What the driver needs; both methods that write are atomic. */
export interface Executor {
  execute(statement: Statement): Promise<QueryRows>
  /** Executes all statements in one transaction; when it resolves, the changes are on the disk. */
  write(writes: readonly Write[], cause?: Cause): Promise<void>
  close(): Promise<void>
}

export interface SqliteOptions {
  /** A file, or `:memory:`. */
  readonly file: string
}

/** The name of a database that has no file. */
const MEMORY = ':memory:'
/** Milliseconds that a statement waits for another process that is writing. */
const BUSY_TIMEOUT_MS = 10_000
/** Prepared statements that are kept. */
const MAX_PREPARED = 200

const PRAGMAS = `
  PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
`

/** Milliseconds between two attempts to change the journal. */
const JOURNAL_RETRY_MS = 10

interface Prepared {
  readonly statement: PreparedStatement
  readonly returnsRows: boolean
}

export class LocalExecutor implements Executor {
  readonly #database: Database
  readonly #prepared = new Map<string, Prepared>()

  private constructor(database: Database) {
    this.#database = database
  }

  /** @throws StoreError if the file cannot be opened or is not a database */
  static async open({ file }: SqliteOptions): Promise<LocalExecutor> {
    const DatabaseSync = await loadSqlite()
    let database: Database | undefined
    try {
      database = new DatabaseSync(file)
      database.exec(PRAGMAS)
      await useWriteAheadLog(database)
      // SQLite opens a file that it may not write for reading, without an error.
      if (file !== MEMORY) await access(file, constants.W_OK)
      return new LocalExecutor(database)
    } catch (error) {
      database?.close()
      throw sqliteError(error)
    }
  }

  async execute({ sql, parameters }: Statement): Promise<QueryRows> {
    return this.#attempt(() => {
      const { statement, returnsRows } = this.#prepare(sql)
      const values = parameters.map(toSqlite)
      if (returnsRows) return { rows: statement.all(...values) as object[], changes: 0 }
      return { rows: [], changes: Number(statement.run(...values).changes) }
    })
  }

  async write(writes: readonly Write[]): Promise<void> {
    this.#attempt(() => {
      // IMMEDIATE waits for other writers now; a transaction that begins with a read could fail when it writes.
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        for (const { sql, rows } of writes) {
          const { statement } = this.#prepare(sql)
          for (const row of rows) statement.run(...row.map(toSqlite))
        }
        this.#database.exec('COMMIT')
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw error
      }
    })
  }

  async close(): Promise<void> {
    this.#prepared.clear()
    if (this.#database.isOpen) this.#database.close()
  }

  #attempt<Result>(run: () => Result): Result {
    if (!this.#database.isOpen) throw new StoreError('closed', 'the store is closed')
    try {
      return run()
    } catch (error) {
      throw sqliteError(error)
    }
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql)
    if (known) return known
    if (this.#prepared.size >= MAX_PREPARED) this.#prepared.clear()
    const statement = this.#database.prepare(sql)
    const prepared = { statement, returnsRows: statement.columns().length > 0 }
    this.#prepared.set(sql, prepared)
    return prepared
  }
}

type SqliteValue = null | number | bigint | string | Uint8Array

/** SQLite has no booleans and no dates. */
function toSqlite(value: unknown): SqliteValue {
  if (value === undefined || value === null) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') return textValue(value)
  if (value instanceof Date) return value.getTime()
  return value as SqliteValue
}

/** If two processes create the file at once, SQLite refuses this to one of them without the busy timeout: each waits for the other. */
async function useWriteAheadLog(database: Database): Promise<void> {
  const deadline = performance.now() + BUSY_TIMEOUT_MS
  for (;;) {
    try {
      return void database.exec('PRAGMA journal_mode = WAL')
    } catch (error) {
      if (sqliteError(error).code !== 'busy' || performance.now() > deadline) throw error
      await wait(JOURNAL_RETRY_MS)
    }
  }
}
