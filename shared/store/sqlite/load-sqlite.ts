/** Loads SQLite: `node:sqlite` of Node 22 and later, or the package with the same API that ships binaries for Node 20. */
import type { DatabaseSyncInstance } from '@photostructure/sqlite'

export type {
  DatabaseSyncInstance as Database,
  StatementSyncInstance as PreparedStatement,
} from '@photostructure/sqlite'

type DatabaseConstructor = new (file: string) => DatabaseSyncInstance

const FIRST_NODE_WITH_SQLITE = 22

export async function loadSqlite(): Promise<DatabaseConstructor> {
  const major = Number.parseInt(process.versions.node, 10)
  if (major < FIRST_NODE_WITH_SQLITE) return (await import('@photostructure/sqlite')).DatabaseSync
  const module = await withoutWarnings(() => import('node:sqlite' as string))
  return (module as { DatabaseSync: DatabaseConstructor }).DatabaseSync
}

/** Node prints a warning when `node:sqlite` is loaded, because its API may change. The tests run on every supported Node. */
async function withoutWarnings<Result>(load: () => Promise<Result>): Promise<Result> {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return await load()
  } finally {
    process.emitWarning = emitWarning
  }
}
