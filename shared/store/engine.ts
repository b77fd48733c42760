/** What the store needs of a database: queries by kysely, and batches of rows that are committed together. */
import type { Kysely } from 'kysely'
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

export interface Engine {
  readonly name: EngineName
  readonly db: Kysely<Schema>
  /** Executes all statements in one transaction. When it resolves, the changes survive a crash. */
  write(writes: readonly Write[]): Promise<void>
  /** Waits for running statements, then closes the database. */
  close(): Promise<void>
}
