/** Opens a PostgreSQL database as an engine of the store. */
import { CompiledQuery, Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import type { ClientConfig, Connection, Pool, PoolClient } from 'pg'
import { errorCode, errorText } from '../errors.ts'
import type { Trace } from '../trace/trace.ts'
import type { Engine, Write } from './engine.ts'
import { FollowedConnections } from './followed-connections.ts'
import type { Schema } from './schema.ts'
import { StoreError, type StoreErrorCode } from './store-error.ts'
import { textValue } from './text-value.ts'

const MAX_CONNECTIONS = 10
/** Connections for work that no client causes. */
const MAX_BACKGROUND_CONNECTIONS = 2
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
export async function openPostgres(url: string, trace: Trace): Promise<Engine> {
  const followed = new FollowedConnections(trace)
  const pool = await createPool(url, MAX_CONNECTIONS, connection => followed.follow(connection))
  const backgroundPool = await createPool(url, MAX_BACKGROUND_CONNECTIONS)
  const db = createKysely(pool, ({ connection }) => followed.use(connection))
  const background = createKysely(backgroundPool)
  const close = async () => {
    await Promise.all([db.destroy(), background.destroy()])
  }
  try {
    await background.executeQuery(CompiledQuery.raw('select 1'))
  } catch (error) {
    await close()
    throw error
  }
  return {
    name: 'postgres',
    db,
    background,
    trace,
    write: writes => write(db, writes),
    writeInBackground: writes => write(background, writes),
    close,
  }
}

/** @param onCreate called with each connection before it is opened */
async function createPool(url: string, max: number, onCreate?: (connection: Connection) => void): Promise<Pool> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    max,
    Client: class extends pg.Client {
      constructor(config?: ClientConfig) {
        super(config)
        onCreate?.(this.connection)
      }
    },
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // Other users of `pg` in this process keep their own parsers.
    types: {
      getTypeParser: ((oid: number, format: 'text') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  })
  // The next query replaces a connection that has ended; without listeners, its error would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))
  return pool
}

/** One writer at a time: `seq` then grows in the order of the commits, so that readers of new rows miss none. */
async function write(db: Kysely<Schema>, writes: readonly Write[]): Promise<void> {
  await db.transaction().execute(async transaction => {
    await transaction.executeQuery(CompiledQuery.raw(`select pg_advisory_xact_lock(${WRITE_LOCK})`))
    for (const { sql, rows } of writes) {
      for (const row of rows) await transaction.executeQuery(CompiledQuery.raw(sql, [...row]))
    }
  })
}

/** @param onUse called with a connection that a query or transaction takes; returns the function to call when it is released */
function createKysely(pool: Pool, onUse?: (client: PoolClient) => () => void): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: withStoreErrors(pool, onUse) }) })
}

/** Returns a pool whose queries reject with errors of the store. */
function withStoreErrors(pool: Pool, onUse?: (client: PoolClient) => () => void): PostgresPool {
  return {
    connect: async () => {
      const client = await pool.connect().catch(rejectWithStoreError)
      const onRelease = onUse?.(client)
      const query = (sql: string, parameters: readonly unknown[]) =>
        client.query(sql, parameters.map(toPostgres)).catch(rejectWithStoreError)
      const release = () => {
        onRelease?.()
        client.release()
      }
      // The store does not stream rows, so kysely passes no cursor.
      return { query: query as unknown as PostgresPoolClient['query'], release }
    },
    end: () => pool.end(),
  }
}

function toPostgres(value: unknown): unknown {
  return typeof value === 'string' ? textValue(value) : value
}

function rejectWithStoreError(error: unknown): never {
  const code = CODES[errorCode(error) ?? ''] ?? 'failed'
  throw new StoreError(code, reasonOf(error), { cause: error })
}

/** An error of several addresses, such as those of `localhost`, has no text of its own. */
function reasonOf(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(errorText).join(', ') : errorText(error)
}
