/**
 * Notifications of PostgreSQL (LISTEN and NOTIFY): the transaction that stores messages notifies the other processes of it when
 * it commits. A connection of its own receives them; it is opened for the first listener, and again whenever it is lost.
 */
import { randomUUID } from 'node:crypto'
import { Socket } from 'node:net'
import type { Client } from 'pg'
import type { Notifications, Write } from '../engine.ts'

/** Of this application, in the database of the store. */
const CHANNEL = 'fourwire_mail'
/** Milliseconds before the first attempt to connect again; each further one waits twice as long. */
const FIRST_DELAY_MS = 100
const MAX_DELAY_MS = 5000
/** Milliseconds without data after which the operating system checks that the server is still there. */
const KEEP_ALIVE_MS = 10_000

export interface NotificationOptions {
  readonly url: string
  /** Milliseconds until a connection is open. */
  readonly connectTimeout: number
}

export class PostgresNotifications implements Notifications {
  readonly write: Write
  readonly #options: NotificationOptions
  /** Identifies this process: it does not need its own notifications. */
  readonly #sender = randomUUID()
  readonly #listeners = new Set<() => void>()
  #client: Client | undefined
  #retry: NodeJS.Timeout | undefined
  #delay = FIRST_DELAY_MS
  #isStarted = false
  #isClosed = false

  constructor(options: NotificationOptions) {
    this.#options = options
    this.write = { sql: 'select pg_notify($1, $2)', rows: [[CHANNEL, this.#sender]] }
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    if (!this.#isStarted) void this.#connect()
    this.#isStarted = true
    return () => this.#listeners.delete(listener)
  }

  /** Closes the connection, without waiting for the server. */
  close(): void {
    this.#isClosed = true
    this.#listeners.clear()
    clearTimeout(this.#retry)
    this.#client?.connection.stream.destroy()
  }

  async #connect(): Promise<void> {
    const { default: pg } = await import('pg')
    if (this.#isClosed) return
    const { url, connectTimeout } = this.#options
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: connectTimeout,
      query_timeout: connectTimeout,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    })
    this.#client = client
    unref(client)
    client.on('error', () => this.#onLost(client))
    client.on('end', () => this.#onLost(client))
    client.on('notification', ({ payload }) => {
      if (payload !== this.#sender) this.#notify()
    })
    try {
      await client.connect()
      // With TLS it is another stream.
      unref(client)
      await client.query(`listen ${CHANNEL}`)
      this.#delay = FIRST_DELAY_MS
      // Messages can have been stored while nothing listened.
      this.#notify()
    } catch {
      this.#onLost(client)
    }
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Connects again after a while; followers poll meanwhile. */
  #onLost(client: Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    client.connection.stream.destroy()
    if (this.#isClosed) return
    this.#retry = setTimeout(() => void this.#connect(), this.#delay).unref()
    this.#delay = Math.min(this.#delay * 2, MAX_DELAY_MS)
  }
}

/** A connection that only listens does not keep the process running. */
function unref({ connection: { stream } }: Client): void {
  if (stream instanceof Socket) stream.unref()
}
