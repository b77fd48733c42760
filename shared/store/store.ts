/**
 * The store that all servers of a suite share: accounts and mail. It opens its database when it is first used, in memory, in
 * a SQLite file of the data folder, or on a PostgreSQL server.
 */
import { Accounts } from './accounts.ts'
import type { Engine } from './engine.ts'
import { MailStore } from './mail/mail-store.ts'
import { copyStore, migrate } from './migrate.ts'

/** The database of a data folder. */
export const STORE_FILE = 'fourwire.db'

/** Where a store keeps its data. */
export type StoreLocation =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string }

export interface StoreOptions {
  /** True adds the accounts `alice` and `bob`. */
  readonly demonstration?: boolean | undefined
}

/** Bytes of mail that a store in memory holds. */
const MAX_MEMORY_BYTES = 256 * 1024 * 1024

export class Store {
  readonly location: StoreLocation
  readonly accounts: Accounts
  readonly mail: MailStore
  #engine: Promise<Engine> | undefined
  #closing: Promise<void> | undefined

  constructor(location: StoreLocation, { demonstration }: StoreOptions = {}) {
    this.location = location
    const engine = () => this.open()
    this.accounts = new Accounts(async () => (await engine()).db, { demonstration })
    this.mail = new MailStore(engine, { maxBytes: location.kind === 'memory' ? MAX_MEMORY_BYTES : undefined })
  }

  /**
   * Opens the database and brings it to the current version. Everything else does so when it needs it.
   *
   * @throws StoreError if it cannot be opened, or a newer Fourwire has written it
   */
  open(): Promise<Engine> {
    this.#engine ??= openEngine(this.location)
    return this.#engine
  }

  /** Waits for messages that are being stored, then closes the database. Can be called more than once. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    if (!this.#engine) return
    const [opened] = await Promise.allSettled([this.#engine])
    if (opened.status === 'rejected') return
    await this.mail.close()
    await opened.value.close()
  }
}

async function openEngine(location: StoreLocation): Promise<Engine> {
  const engine = await connect(location)
  try {
    await migrate(engine, {
      beforeChange: async version => {
        if (location.kind === 'sqlite') await copyStore(location.file, version)
      },
    })
    return engine
  } catch (error) {
    await engine.close()
    throw error
  }
}

async function connect(location: StoreLocation): Promise<Engine> {
  switch (location.kind) {
    case 'memory':
      return (await import('./sqlite/open-sqlite.ts')).openMemory()
    case 'sqlite':
      return (await import('./sqlite/open-sqlite.ts')).openFile(location.file)
    case 'postgres':
      return (await import('./postgres.ts')).openPostgres(location.url)
  }
}
