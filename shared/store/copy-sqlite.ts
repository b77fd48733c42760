/** Copies a SQLite database while it is in use. */
import { open, rename, rm } from 'node:fs/promises'
import { sql } from 'kysely'
import type { Engine } from './engine.ts'

/**
 * Writes all that is committed to one file, a complete database by itself, and replaces an earlier copy. To copy the files would
 * miss what is still in the write-ahead log, or mix two states if another process writes meanwhile.
 */
export async function copySqlite({ background }: Pick<Engine, 'background'>, target: string): Promise<void> {
  const temporary = `${target}.${process.pid}.new`
  await rm(temporary, { force: true })
  try {
    await sql`vacuum into ${temporary}`.execute(background)
    await syncFile(temporary)
    await rename(temporary, target)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Waits until the file is on the disk: SQLite does not wait for a copy. */
async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
