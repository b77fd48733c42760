/** Opens a SQLite database as an engine of the store. */
import { Kysely } from 'kysely'
import type { Engine } from '../engine.ts'
import type { Schema } from '../schema.ts'
import { SqliteDriver, sqliteDialect } from './dialect.ts'
import type { Executor } from './executor.ts'

/** Opens a database in memory, in this thread: it never waits for a disk. */
export async function openMemory(): Promise<Engine> {
  const { LocalExecutor } = await import('./executor.ts')
  return sqliteEngine(await LocalExecutor.open({ file: ':memory:' }))
}

/**
 * Opens or creates a database file, in a worker thread.
 *
 * @throws StoreError if the file cannot be opened or is not a database
 */
export async function openFile(file: string): Promise<Engine> {
  const { WorkerExecutor } = await import('./worker-executor.ts')
  return sqliteEngine(await WorkerExecutor.open({ file }))
}

function sqliteEngine(executor: Executor): Engine {
  const driver = new SqliteDriver(executor)
  const db = new Kysely<Schema>({ dialect: sqliteDialect(driver) })
  return {
    name: 'sqlite',
    db,
    write: writes => driver.exclusively(open => open.write(writes)),
    // kysely destroys only a driver that has run a query.
    close: () => driver.destroy(),
  }
}
