/** What the store needs of a database: queries by kysely, and batches of rows that are committed together. */
import type { Kysely } from 'kysely'
import type { Cause } from '../trace/event.ts'
import type { Trace } from '../trace/trace.ts'
import type { Schema } from './schema.ts'

/** One SQL statement with its parameters. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** The rows that a statement returned, and the number of rows that it changed. */
export interface QueryRows {
  readonly rows: readonly object[]
  readonly changes: number
}

/** One prepared statement and the parameters of each execution. */
export interface Write {
  readonly sql: string
  readonly rows: readonly (readonly unknown[])[]
}

export type EngineName = 'sqlite' | 'postgres'

/** How the processes on one database learn at once that another one has stored messages. */
export interface Notifications {
  /** Notifies the other processes when the transaction commits that executes it. */
  readonly write: Write
  /**
   * Calls the listener after another process has stored messages, and sometimes without cause.
   *
   * @returns a function that removes the listener
   */
  subscribe(listener: () => void): () => void
}

export interface Engine {
  readonly name: EngineName
  /** For the work that a client causes. The trace has its statements. */
  readonly db: Kysely<Schema>
  /** For all other work, such as polls and the full-text index. The trace does not have its statements. */
  readonly background: Kysely<Schema>
  /** For statements that can take minutes, such as migrations. The trace does not have them. */
  readonly maintenance: Kysely<Schema>
  readonly trace: Trace
  /** Undefined if a database has none: its processes poll. */
  readonly notifications?: Notifications
  /**
   * Executes all statements in one transaction. When it resolves, the changes survive a crash.
   *
   * @param cause the conversation whose request causes it, for the trace
   */
  write(writes: readonly Write[], cause?: Cause): Promise<void>
  /** Does the same as `write`, apart from the trace; the statements can take minutes. */
  writeInBackground(writes: readonly Write[]): Promise<void>
  /**
   * Checks that the database answers and can be changed, within a bounded time and also while all its other connections are in use.
   *
   * @throws StoreError if it does not
   */
  check(): Promise<void>
  /** Waits for running statements, then closes the database. */
  close(): Promise<void>
}
