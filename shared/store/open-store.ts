/** Opens the database of a store and creates what uses it. */
import { errorText } from '../errors.ts'
import type { Log } from '../log.ts'
import { Trace } from '../trace/trace.ts'
import { Accounts, type AccountsOptions } from './accounts.ts'
import { copySqlite } from './copy-sqlite.ts'
import type { Engine } from './engine.ts'
import type { StoreLocation } from './location.ts'
import { MailStore, type MailStoreOptions } from './mail/mail-store.ts'
import { type MigrateOptions, migrate } from './migrate.ts'
import { Notices } from './notices.ts'
import { Sessions } from './sessions.ts'
import { StoreError } from './store-error.ts'
import { SubmissionTokens } from './submission-tokens.ts'

/** What the parts of a store need. */
export interface OpenStoreOptions extends AccountsOptions, Pick<MailStoreOptions, 'pollInterval'> {
  readonly log: Log
  /** Gets the statements that clients cause. Default: a trace without listeners. */
  readonly trace?: Trace | undefined
}

/** @internal */
interface OpenEngineOptions extends MigrateOptions, Partial<Pick<OpenStoreOptions, 'trace' | 'log'>> {}

/** The parts of an open store. */
export interface OpenStore {
  readonly accounts: Accounts
  /** The same accounts, for work that no client causes: the trace does not have its statements. */
  readonly untracedAccounts: Accounts
  readonly sessions: Sessions
  readonly submissionTokens: SubmissionTokens
  readonly notices: Notices
  readonly mail: MailStore
  /** @throws StoreError if the database cannot be used now */
  check(): Promise<void>
  close(): Promise<void>
}

/** Bytes of mail that a store in memory holds. */
const MAX_MEMORY_BYTES = 256 * 1024 * 1024

/** @throws StoreError if the database cannot be opened, or a newer Fourwire has written it */
export async function openStore(location: StoreLocation, { trace, ...options }: OpenStoreOptions): Promise<OpenStore> {
  const engine = await openEngine(location, { trace, log: options.log })
  return createStoreParts(engine, { ...options, maxBytes: location.kind === 'memory' ? MAX_MEMORY_BYTES : undefined })
}

/**
 * Creates the parts of a store on an open database, which they close.
 *
 * @internal
 */
export function createStoreParts(
  engine: Engine,
  { log, maxBytes, pollInterval, ...options }: AccountsOptions & MailStoreOptions,
): OpenStore {
  const { db, background } = engine
  const accounts = new Accounts(db, options)
  const mail = new MailStore(engine, { maxBytes, pollInterval, log })
  const notices = new Notices(engine)
  return {
    accounts,
    untracedAccounts: new Accounts(background, options),
    sessions: new Sessions(db, accounts),
    submissionTokens: new SubmissionTokens(db),
    notices,
    mail,
    check: () => engine.check(),
    close: async () => {
      await mail.close()
      await notices.close()
      await engine.close()
    },
  }
}

/**
 * Connects to the database and brings it to the current version.
 *
 * @throws StoreError that names the database
 * @internal
 */
export async function openEngine(
  location: StoreLocation,
  { trace = new Trace(), log, ...options }: OpenEngineOptions = {},
): Promise<Engine> {
  try {
    const engine = await connect(location, { trace, log })
    try {
      await migrate(engine, { beforeChange: version => copyBeforeChange(engine, location, version), ...options })
      return engine
    } catch (error) {
      await engine.close()
      throw error
    }
  } catch (error) {
    const code = error instanceof StoreError ? error.code : 'failed'
    throw new StoreError(code, `cannot open the store ${describe(location)}: ${errorText(error)}`, { cause: error })
  }
}

async function copyBeforeChange(engine: Engine, location: StoreLocation, version: number): Promise<void> {
  if (location.kind === 'sqlite') await copySqlite(engine, `${location.file}.v${version}`)
}

async function connect(
  location: StoreLocation,
  { trace, log }: { readonly trace: Trace; readonly log: Log | undefined },
): Promise<Engine> {
  switch (location.kind) {
    case 'memory':
      return (await import('./sqlite/open-sqlite.ts')).openMemory(trace)
    case 'sqlite':
      return (await import('./sqlite/open-sqlite.ts')).openFile(location.file, trace)
    case 'postgres':
      return (await import('./postgres/open-postgres.ts')).openPostgres(location.url, { trace, log })
  }
}

function describe(location: StoreLocation): string {
  switch (location.kind) {
    case 'memory':
      return 'in memory'
    case 'sqlite':
      return location.file
    case 'postgres':
      return withoutPassword(location.url)
  }
}

function withoutPassword(text: string): string {
  if (!URL.canParse(text)) return 'at the given URL'
  const url = new URL(text)
  if (url.password !== '') url.password = '****'
  return url.href
}
