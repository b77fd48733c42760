/** Runs the same tests on every database of the store: in memory, in a SQLite file, and on a real PostgreSQL server. */
import path from 'node:path'
import { beforeAll, describe, onTestFinished, type TestContext } from 'vitest'
import type { Engine } from '../../../shared/store/engine.ts'
import { openEngine } from '../../../shared/store/open-store.ts'
import { type OpenStore, Store, type StoreLocation, type StoreOptions } from '../../../shared/store/store.ts'
import { afterAllTests, emptyFolder } from '../../helpers/cli.ts'
import { type PostgresServer, postgresFolder, startPostgres } from '../../helpers/postgres.ts'

export type DatabaseKind = 'memory' | 'file' | 'postgres'

/** A database for one test. */
export interface TestDatabase {
  readonly kind: DatabaseKind
  /** Skips the test if the database is not installed. Returns a new, empty database. */
  locate(context: TestContext): Promise<StoreLocation>
  /** Opens a store on a new database, and closes it after the test. */
  open(context: TestContext, options?: StoreOptions): Promise<OpenStore>
  openEngine(context: TestContext): Promise<Engine>
}

/** Defines the tests once for each database. Call it at the top level of a file. */
export function describeOnEveryDatabase(define: (database: TestDatabase) => void): void {
  const locateOnPostgres = postgresForThisFile()
  const locations: Readonly<Record<DatabaseKind, (context: TestContext) => Promise<StoreLocation>>> = {
    memory: async () => ({ kind: 'memory' }),
    file: async () => ({ kind: 'sqlite', file: path.join(await emptyFolder(), 'fourwire.db') }),
    postgres: locateOnPostgres,
  }
  describe.each(['memory', 'file', 'postgres'] as const)('on %s:', kind => {
    const locate = locations[kind]
    define({
      kind,
      locate,
      open: async (context, options) => {
        const store = new Store(await locate(context), options)
        onTestFinished(() => store.close())
        return store.open()
      },
      openEngine: async context => {
        const engine = await openEngine(await locate(context))
        onTestFinished(() => engine.close())
        return engine
      },
    })
  })
}

const MISSING = 'PostgreSQL is not installed: npm run tools (Debian package postgresql)'

/** Starts one server for all tests of the file. Without it, tests are skipped; with CI=true they fail. */
export function postgresForThisFile(): (context: TestContext) => Promise<StoreLocation> {
  const cleanup = afterAllTests()
  let server: PostgresServer | undefined
  beforeAll(async () => {
    const bin = postgresFolder()
    if (bin !== undefined) server = await startPostgres(bin, cleanup)
    else if (process.env.CI === 'true') throw new Error(MISSING)
  })
  return async context => {
    if (!server) return context.skip(MISSING)
    return { kind: 'postgres', url: await server.createDatabase() }
  }
}
