/** Opens a PostgreSQL database as an engine of the store. */
import { CompiledQuery, type Kysely, sql } from 'kysely'
import { type Log, silentLog } from '../../log.ts'
import type { Trace } from '../../trace/trace.ts'
import type { Engine, Write } from '../engine.ts'
import type { Schema } from '../schema.ts'
import { StoreError } from '../store-error.ts'
import { Availability } from './availability.ts'
import { FollowedConnections } from './followed-connections.ts'
import { PostgresNotifications } from './notifications.ts'
import { createKysely } from './pool.ts'

const MAX_CONNECTIONS = 10
/** Connections for work that no client causes. */
const MAX_BACKGROUND_CONNECTIONS = 2
/** A server in the same data center answers within milliseconds; a client waits for what a server does not answer. */
const CONNECT_TIMEOUT_MS = 2000
const STATEMENT_TIMEOUT_MS = 5000
/** For each step of a check: it must not take longer than a balancer waits for `/readyz`. */
const CHECK_TIMEOUT_MS = 500
/** The full-text index and migrations can take longer, and no client waits for them. */
const MAINTENANCE_TIMEOUT_MS = 120_000

/** A number of our own for PostgreSQL's advisory locks. */
const WRITE_LOCK = 0x46_77_01

export interface PostgresOptions {
  readonly trace: Trace
  /** Receives a line when the database goes away, and one when it is back. Default: they are not logged. */
  readonly log?: Log | undefined
  /** Milliseconds until a connection is open. Default: 2000. */
  readonly connectTimeout?: number | undefined
  /** Milliseconds for a statement that a client causes. Default: 5000. */
  readonly statementTimeout?: number | undefined
}

/**
 * Connects to a database: `postgres://user:password@host:port/database`.
 *
 * @throws StoreError if the database cannot be reached or refuses the login
 */
export async function openPostgres(url: string, options: PostgresOptions): Promise<Engine> {
  const { trace, connectTimeout = CONNECT_TIMEOUT_MS } = options
  const pools = await createPools(url, options)
  const { db, background, maintenance, checks } = pools
  const notifications = new PostgresNotifications({ url, connectTimeout })
  const close = async () => {
    notifications.close()
    await Promise.all(Object.values(pools).map(pool => pool.destroy()))
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
    maintenance,
    trace,
    notifications,
    write: (writes, cause) => trace.runWithCause(cause, () => write(db, writes)),
    writeInBackground: writes => write(maintenance, writes),
    check: () => checkWritable(checks),
    close,
  }
}

/** Creates the pools of connections by what they are for; they connect when they are used. */
async function createPools(url: string, { trace, log = silentLog, ...timeouts }: PostgresOptions) {
  const { connectTimeout = CONNECT_TIMEOUT_MS, statementTimeout = STATEMENT_TIMEOUT_MS } = timeouts
  const followed = new FollowedConnections(trace)
  const db = await createKysely(url, {
    maxConnections: MAX_CONNECTIONS,
    connectTimeout,
    statementTimeout,
    availability: new Availability(log),
    onCreate: connection => followed.follow(connection),
    onUse: connection => followed.use(connection),
  })
  // The log has the outages that clients notice.
  const unlogged = { connectTimeout, statementTimeout, availability: new Availability(silentLog) }
  const background = await createKysely(url, { ...unlogged, maxConnections: MAX_BACKGROUND_CONNECTIONS })
  const maintenance = await createKysely(url, {
    ...unlogged,
    maxConnections: 1,
    statementTimeout: MAINTENANCE_TIMEOUT_MS,
  })
  // A connection of its own: the others can all be in use.
  const checks = await createKysely(url, {
    ...unlogged,
    maxConnections: 1,
    connectTimeout: CHECK_TIMEOUT_MS,
    statementTimeout: CHECK_TIMEOUT_MS,
  })
  return { db, background, maintenance, checks }
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

/** @throws StoreError if the server does not answer, or is a standby: then another one is the primary */
async function checkWritable(db: Kysely<Schema>): Promise<void> {
  const readOnly = sql<{ value: string }>`select current_setting('transaction_read_only') as value`
  const { rows } = await readOnly.execute(db)
  if (rows[0]?.value === 'on') throw new StoreError('unavailable', 'the database is read-only')
}
