/** Opens a SQLite database as an engine of the store. */
import { CompiledQuery, Kysely } from 'kysely'
import { SharedLock } from '../../async/shared-lock.ts'
import type { Trace } from '../../trace/trace.ts'
import type { Engine } from '../engine.ts'
import type { Schema } from '../schema.ts'
import { SqliteDriver, sqliteDialect } from './dialect.ts'
import type { Executor } from './executor.ts'
import { TracedExecutor } from './traced-executor.ts'

/** Opens a database in memory, in this thread: it never waits for a disk. */
export async function openMemory(trace: Trace): Promise<Engine> {
  const { LocalExecutor } = await import('./executor.ts')
  return sqliteEngine(await LocalExecutor.open({ file: ':memory:' }), trace)
}

/**
 * Opens or creates a database file, in a worker thread.
 *
 * @throws StoreError if the file cannot be opened or is not a database
 */
export async function openFile(file: string, trace: Trace): Promise<Engine> {
  const { WorkerExecutor } = await import('./worker-executor.ts')
  return sqliteEngine(await WorkerExecutor.open({ file }), trace)
}

function sqliteEngine(executor: Executor, trace: Trace): Engine {
  const lock = new SharedLock()
  const traced = new SqliteDriver(new TracedExecutor(executor, trace), lock)
  const untraced = new SqliteDriver(executor, lock)
  const background = new Kysely<Schema>({ dialect: sqliteDialect(untraced) })
  return {
    name: 'sqlite',
    db: new Kysely<Schema>({ dialect: sqliteDialect(traced) }),
    background,
    maintenance: background,
    trace,
    write: (writes, cause) => traced.write(writes, cause),
    writeInBackground: writes => untraced.write(writes),
    check: async () => void (await background.executeQuery(CompiledQuery.raw('select 1'))),
    // kysely destroys only a driver that has run a query.
    close: () => untraced.destroy(),
  }
}
