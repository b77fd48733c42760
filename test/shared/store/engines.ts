/** Runs the same tests on every database of the store: in memory, in a SQLite file, and on a real PostgreSQL server. */
import path from 'node:path'
import { describe, inject, onTestFinished, type TestContext } from 'vitest'
import type { Engine } from '../../../shared/store/engine.ts'
import { openEngine } from '../../../shared/store/open-store.ts'
import type { OpenStore, StoreLocation, StoreOptions } from '../../../shared/store/store.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { createDatabase } from '../../helpers/postgres.ts'
import { openStore } from '../../helpers/store.ts'
import { requireTool } from '../../interop/tools.ts'

export type DatabaseKind = 'memory' | 'file' | 'postgres'

/** A database for one test. */
export interface TestDatabase {
  readonly kind: DatabaseKind
  /** Skips the test if the database is not installed. Returns a new, empty database. */
  locate(context: TestContext): Promise<StoreLocation>
  /** Opens a store on a new database, by default with the lowest cost of passwords, and closes it after the test. */
  open(context: TestContext, options?: StoreOptions): Promise<OpenStore>
  openEngine(context: TestContext): Promise<Engine>
}

const ALL: readonly DatabaseKind[] = ['memory', 'file', 'postgres']

/** Defines the tests once for each database. Call it at the top level of a file. */
export function describeOnEveryDatabase(define: (database: TestDatabase) => void, kinds = ALL): void {
  const locations: Readonly<Record<DatabaseKind, (context: TestContext) => Promise<StoreLocation>>> = {
    memory: async () => ({ kind: 'memory' }),
    file: async () => ({ kind: 'sqlite', file: path.join(await emptyFolder(), 'fourwire.db') }),
    postgres: locateOnPostgres,
  }
  describe.each(kinds)('on %s:', kind => {
    const locate = locations[kind]
    define({
      kind,
      locate,
      open: async (context, options) => openStore(await locate(context), options),
      openEngine: async context => {
        const engine = await openEngine(await locate(context))
        onTestFinished(() => engine.close())
        return engine
      },
    })
  })
}

/** Creates a database on the server of this run. Without PostgreSQL, the test is skipped; with CI=true it fails. */
export async function locateOnPostgres(context: TestContext): Promise<{ kind: 'postgres'; url: string }> {
  requireTool('initdb', context)
  const server = inject('postgresServer')
  if (server === undefined) throw new Error('the server did not start')
  return { kind: 'postgres', url: await createDatabase(server) }
}
