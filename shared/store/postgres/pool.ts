/** A pool of connections whose queries take a bounded time and reject with errors of the store. */
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import type { ClientConfig, Connection, Pool, PoolClient } from 'pg'
import type { Schema } from '../schema.ts'
import { StoreError } from '../store-error.ts'
import { textValue } from '../text-value.ts'
import type { Availability } from './availability.ts'
import { toStoreError } from './postgres-error.ts'

/** The type of `bigint`: its values arrive as strings, because a number cannot hold all of them. Ours are safe integers. */
const INT8 = 20
/** Milliseconds without data after which the operating system checks that the other side is still there. */
const KEEP_ALIVE_MS = 10_000
/**
 * An attempt to connect that takes longer fails because nothing answers. For as long after it, further attempts fail at once: a queue
 * of requests would otherwise wait for one attempt after another.
 */
const RETRY_MS = 250
/** Milliseconds that the server has to cancel a statement itself, before this side ends the connection. */
const CANCEL_MS = 500

export interface PoolOptions {
  readonly maxConnections: number
  /** Milliseconds until a new connection is ready for queries. */
  readonly connectTimeout: number
  /** Milliseconds for a statement, and to wait for a connection that is in use. */
  readonly statementTimeout: number
  readonly availability: Availability
  /** Called with each connection before it is opened. */
  readonly onCreate?: ((connection: Connection) => void) | undefined
  /** Called with a connection that a query or transaction takes; returns the function to call when it is released. */
  readonly onUse?: ((connection: Connection) => () => void) | undefined
}

/** Returns queries on a pool of its own, which `destroy` closes. Connections are opened when they are needed. */
export async function createKysely(url: string, options: PoolOptions): Promise<Kysely<Schema>> {
  const pool = await createPool(url, options)
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool: new StorePool(pool, options) }) })
}

async function createPool(
  url: string,
  { maxConnections, connectTimeout, statementTimeout, onCreate }: PoolOptions,
): Promise<Pool> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    max: maxConnections,
    Client: class extends pg.Client {
      constructor(config?: ClientConfig) {
        super({ ...config, connectionTimeoutMillis: connectTimeout })
        onCreate?.(this.connection)
      }
    },
    connectionString: url,
    // Of the pool: to wait for a connection.
    connectionTimeoutMillis: Math.max(connectTimeout, statementTimeout),
    statement_timeout: statementTimeout,
    query_timeout: statementTimeout + CANCEL_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
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

class StorePool implements PostgresPool {
  readonly #pool: Pool
  readonly #options: PoolOptions
  readonly #clients = new Set<PoolClient>()
  #failure: { readonly error: StoreError; readonly at: number } | undefined

  constructor(pool: Pool, options: PoolOptions) {
    this.#pool = pool
    this.#options = options
    pool.on('connect', client => this.#clients.add(client))
    pool.on('remove', client => this.#clients.delete(client))
  }

  async connect(): Promise<PostgresPoolClient> {
    const { availability, onUse } = this.#options
    this.#throwRecentFailure()
    const started = performance.now()
    const client = await this.#pool.connect().catch((error: unknown) => this.#reject(error, started))
    const onRelease = onUse?.(client.connection)
    let broken: StoreError | undefined
    const query = async (sql: string, parameters: readonly unknown[]) => {
      // A connection that was lost cannot roll back either, and the server does that by itself.
      if (broken) throw broken
      try {
        const result = await client.query(sql, parameters.map(toPostgres))
        availability.succeeded()
        return result
      } catch (error) {
        const storeError = toStoreError(error)
        availability.failed(storeError)
        if (storeError.code === 'unavailable') broken = storeError
        throw storeError
      }
    }
    const release = () => {
      onRelease?.()
      client.release(broken)
    }
    // The store does not stream rows, so kysely passes no cursor.
    return { query: query as unknown as PostgresPoolClient['query'], release }
  }

  /** Closes the connections. A server that does not answer is not waited for. */
  async end(): Promise<void> {
    const ended = this.#pool.end()
    const timer = setTimeout(() => {
      for (const { connection } of this.#clients) connection.stream.destroy()
    }, this.#options.connectTimeout)
    await ended.finally(() => clearTimeout(timer))
  }

  #reject(error: unknown, started: number): never {
    if (this.#pool.ending) throw new StoreError('closed', 'the store is closed', { cause: error })
    const storeError = toStoreError(error)
    this.#options.availability.failed(storeError)
    const now = performance.now()
    if (storeError.code === 'unavailable' && now - started > RETRY_MS) this.#failure = { error: storeError, at: now }
    throw storeError
  }

  /** A connection that is open can be used, whether a new one can be opened or not. */
  #throwRecentFailure(): void {
    if (!this.#failure || this.#pool.idleCount > 0) return
    if (performance.now() - this.#failure.at < RETRY_MS) throw this.#failure.error
  }
}

function toPostgres(value: unknown): unknown {
  return typeof value === 'string' ? textValue(value) : value
}
