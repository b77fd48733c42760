/** Opens the database of a store and creates what uses it. */
import { Accounts } from './accounts.ts'
import type { DemonstrationAccount } from './demonstration-accounts.ts'
import type { Engine } from './engine.ts'
import { MailStore } from './mail/mail-store.ts'
import { copyStore, migrate } from './migrate.ts'
import type { OpenStore, StoreLocation } from './store.ts'

/** Bytes of mail that a store in memory holds. */
const MAX_MEMORY_BYTES = 256 * 1024 * 1024

/** @throws StoreError if the database cannot be opened, or a newer Fourwire has written it */
export async function openStore(
  location: StoreLocation,
  demonstration: readonly DemonstrationAccount[],
): Promise<OpenStore> {
  const engine = await openEngine(location)
  const mail = new MailStore(engine, { maxBytes: location.kind === 'memory' ? MAX_MEMORY_BYTES : undefined })
  return {
    accounts: new Accounts(engine.db, demonstration),
    mail,
    close: async () => {
      await mail.close()
      await engine.close()
    },
  }
}

/** Connects to the database and brings it to the current version. */
export async function openEngine(location: StoreLocation): Promise<Engine> {
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
