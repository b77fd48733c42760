/** Opens a PostgreSQL database as an engine of the store. */
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import { errorCode, errorText } from '../errors.ts'
import type { Engine } from './engine.ts'
import type { Schema } from './schema.ts'
import { StoreError, type StoreErrorCode } from './store-error.ts'

const MAX_CONNECTIONS = 10
const CONNECT_TIMEOUT_MS = 10_000
/** The type of `bigint`: its values arrive as strings, because a number cannot hold all of them. Ours are safe integers. */
const INT8 = 20

/** A number of our own for PostgreSQL's advisory locks. */
const WRITE_LOCK = 0x46_77_01

/** SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CODES: Readonly<Record<string, StoreErrorCode>> = {
  '23505': 'conflict',
  '53100': 'full',
  '55P03': 'busy',
  '40P01': 'busy',
}

/**
 * Connects to a database: `postgres://user:password@host:port/database`.
 *
 * @throws StoreError if the database cannot be reached or refuses the login
 */
export async function openPostgres(url: string): Promise<Engine> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // Other users of `pg` in this process keep their own parsers.
    types: {
      getTypeParser: ((oid: number, format: 'text') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  })
  // A connection of the pool that ends while it is idle is replaced by the next query.
  pool.on('error', () => undefined)
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  try {
    await db.executeQuery(CompiledQuery.raw('select 1'))
  } catch (error) {
    await db.destroy()
    throw new StoreError('failed', `cannot use the store ${withoutPassword(url)}: ${errorText(error)}`, {
      cause: error,
    })
  }
  return {
    name: 'postgres',
    db,
    write: writes =>
      db
        .transaction()
        .execute(async transaction => {
          // One writer at a time: `seq` then grows in the order of the commits, so that readers of new rows miss none.
          await transaction.executeQuery(CompiledQuery.raw(`select pg_advisory_xact_lock(${WRITE_LOCK})`))
          for (const { sql, rows } of writes) {
            for (const row of rows) await transaction.executeQuery(CompiledQuery.raw(sql, [...row]))
          }
        })
        .catch(error => {
          throw postgresError(error)
        }),
    close: () => db.destroy(),
  }
}

export function postgresError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  return new StoreError(CODES[errorCode(error) ?? ''] ?? 'failed', errorText(error), { cause: error })
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url)
    if (parsed.password !== '') parsed.password = '****'
    return parsed.href
  } catch {
    return 'given'
  }
}
