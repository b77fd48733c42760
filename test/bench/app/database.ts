/** What the application on fastify needs of its database, as its author would write it: SQL by hand, with the plain drivers. */
import pg from 'pg'
import { loadSqlite } from '../../../shared/store/sqlite/load-sqlite.ts'

export interface Row {
  readonly [column: string]: unknown
}

export interface Database {
  /** Executes a statement whose placeholders are `?`. */
  query(sql: string, ...parameters: (string | number)[]): Promise<readonly Row[]>
}

const TABLES = [
  'create table accounts (name text primary key, password text not null)',
  'create table sessions (id text primary key, data text not null)',
  'create table notices (id bigint primary key, author text not null, text text not null, created_at bigint not null)',
]

/** @param location a PostgreSQL URL, or the file of a SQLite database */
export async function openDatabase(location: string): Promise<Database> {
  const database = location.startsWith('postgres:') ? openPostgres(location) : await openSqlite(location)
  for (const table of TABLES) await database.query(table)
  return database
}

/** SQLite in the thread of the server, as durable as Fourwire's. */
async function openSqlite(file: string): Promise<Database> {
  const DatabaseSync = await loadSqlite()
  const database = new DatabaseSync(file)
  database.exec('pragma journal_mode = wal; pragma synchronous = full')
  const prepared = new Map<string, ReturnType<typeof database.prepare>>()
  return {
    query: async (sql, ...parameters) => {
      const statement = prepared.get(sql) ?? database.prepare(sql)
      prepared.set(sql, statement)
      return statement.all(...parameters) as Row[]
    },
  }
}

function openPostgres(url: string): Database {
  const pool = new pg.Pool({ connectionString: url })
  return {
    query: async (sql, ...parameters) => {
      let number = 0
      const text = sql.replace(/\?/g, () => `$${++number}`)
      return (await pool.query<Row>(text, parameters)).rows
    },
  }
}
