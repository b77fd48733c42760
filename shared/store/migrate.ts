/** Brings a store to the version of this program. */
import { sql } from 'kysely'
import type { Engine } from './engine.ts'
import { MIGRATIONS, type Migration, type MigrationTarget } from './migrations.ts'
import { StoreError } from './store-error.ts'

/** A number of our own for PostgreSQL's advisory lock, so that two processes do not migrate at once. */
const LOCK = 0x4677

export interface MigrateOptions {
  /** Called before an existing store changes, with the version it has. */
  readonly beforeChange?: (version: number) => Promise<void>
  /** Default: the migrations of this program; tests give others. */
  readonly migrations?: readonly Migration[]
}

/**
 * Runs the missing migrations in one transaction.
 *
 * @throws StoreError with code `version` if a newer program has written the store
 */
export async function migrate(engine: Engine, options: MigrateOptions = {}): Promise<void> {
  const { migrations = MIGRATIONS, beforeChange } = options
  const version = await readVersion(engine)
  if (version > migrations.length) throw newerStore(version, migrations.length)
  if (version === migrations.length) return
  if (version > 0) await beforeChange?.(version)
  await engine.maintenance.transaction().execute(async transaction => {
    if (engine.name === 'postgres') await sql`select pg_advisory_xact_lock(${LOCK})`.execute(transaction)
    // Another process can have migrated meanwhile.
    const current = await readVersion({ ...engine, maintenance: transaction })
    const db = transaction as unknown as MigrationTarget
    if (current === 0) await sql`create table if not exists store (version integer not null)`.execute(transaction)
    for (const migration of migrations.slice(current)) await migration(db, engine.name)
    await sql`delete from store`.execute(transaction)
    await sql`insert into store (version) values (${migrations.length})`.execute(transaction)
  })
}

async function readVersion({ maintenance, name }: Pick<Engine, 'maintenance' | 'name'>): Promise<number> {
  const tables =
    name === 'sqlite'
      ? sql`select 1 from sqlite_master where type = 'table' and name = 'store'`
      : sql`select 1 from information_schema.tables where table_schema = current_schema() and table_name = 'store'`
  if ((await tables.execute(maintenance)).rows.length === 0) return 0
  const { rows } = await sql<{ version: number }>`select version from store`.execute(maintenance)
  return rows[0]?.version ?? 0
}

function newerStore(version: number, ours: number): StoreError {
  const advice = 'Update Fourwire, or use another data folder'
  return new StoreError(
    'version',
    `it has version ${version}, and this Fourwire supports versions up to ${ours}. ${advice}`,
  )
}
