import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import type { Engine } from '../../../shared/store/engine.ts'
import { MIGRATIONS, type Migration } from '../../../shared/store/migrations.ts'
import { openEngine } from '../../../shared/store/open-store.ts'
import type { StoreLocation } from '../../../shared/store/store.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { describeOnEveryDatabase } from './engines.ts'

/** Databases that exist after they are closed. */
const LASTING = ['file', 'postgres'] as const

/** The migration of an imaginary next version. */
const addNotes: Migration = async db => {
  await db.schema.createTable('notes').addColumn('note', 'text').execute()
}
/** The version of this program. */
const CURRENT = MIGRATIONS.length
const NEXT = { migrations: [...MIGRATIONS, addNotes] }

const versionOf = async ({ db }: Engine) => {
  const { rows } = await sql<{ version: number }>`select version from store`.execute(db)
  return rows.map(({ version }) => version)
}

const addAccount = ({ db }: Engine, name: string) =>
  db
    .insertInto('accounts')
    .values({ name, password: '', read_paths: '[]', write_paths: '[]', quota: null, created_at: 0 })
    .execute()

async function open(location: StoreLocation, options = {}): Promise<Engine> {
  const engine = await openEngine(location, options)
  onTestFinished(() => engine.close())
  return engine
}

describeOnEveryDatabase(database => {
  test('migrates a store of an older version, with its data', async context => {
    const location = await database.locate(context)
    const before = await open(location)
    await addAccount(before, 'ann')
    await before.close()
    const after = await open(location, NEXT)
    expect(await versionOf(after)).toEqual([CURRENT + 1])
    await sql`insert into notes values ('x')`.execute(after.db)
    expect(await after.db.selectFrom('accounts').select('name').execute()).toEqual([{ name: 'ann' }])
    // Another start finds nothing to do.
    await after.close()
    expect(await versionOf(await open(location, NEXT))).toEqual([CURRENT + 1])
  })

  test.for(MIGRATIONS.map((_, index) => index + 1))('migrates a store of version %i', async (version, context) => {
    const location = await database.locate(context)
    const before = await open(location, { migrations: MIGRATIONS.slice(0, version) })
    await addAccount(before, 'ann')
    await before.close()
    const after = await open(location)
    expect(await versionOf(after)).toEqual([CURRENT])
    expect(await after.db.selectFrom('accounts').select(['name', 'file_quota', 'delete_paths']).execute()).toEqual([
      { name: 'ann', file_quota: null, delete_paths: null },
    ])
    expect(await after.db.selectFrom('sessions').select('id').execute()).toEqual([])
  })

  test('refuses a store of a newer version', async context => {
    const location = await database.locate(context)
    await (await open(location, NEXT)).close()
    const attempt = open(location)
    await expect(attempt).rejects.toMatchObject({ name: 'StoreError', code: 'version' })
    await expect(attempt).rejects.toThrow(
      new RegExp(
        `^cannot open the store .*: it has version ${CURRENT + 1}, and this Fourwire supports versions up to ${CURRENT}\\. Update Fourwire, or use another data folder$`,
      ),
    )
  })

  test('a migration that fails changes nothing', async context => {
    const location = await database.locate(context)
    await (await open(location)).close()
    const broken: Migration = async (db, name) => {
      await addNotes(db, name)
      throw new Error('a defect')
    }
    await expect(open(location, { migrations: [...MIGRATIONS, broken] })).rejects.toThrow(/cannot open .*: a defect$/)
    const after = await open(location, NEXT)
    expect(await versionOf(after)).toEqual([CURRENT + 1])
  })

  test('two that start at once migrate once', async context => {
    const location = await database.locate(context)
    const engines = await Promise.all([1, 2, 3].map(() => open(location, NEXT)))
    expect(await Promise.all(engines.map(versionOf))).toEqual(engines.map(() => [CURRENT + 1]))
  })
}, LASTING)

test('copies a SQLite file before a migration, with what is only in the write-ahead log', async () => {
  const folder = await emptyFolder()
  const location = { kind: 'sqlite', file: path.join(folder, 'fourwire.db') } as const
  const running = await open(location)
  await addAccount(running, 'ann')
  // The running store keeps the log, so a copy of the file alone would miss the account.
  expect(existsSync(`${location.file}-wal`)).toBe(true)
  await open(location, NEXT)
  expect((await readdir(folder)).sort()).toEqual([
    'fourwire.db',
    'fourwire.db-shm',
    'fourwire.db-wal',
    `fourwire.db.v${CURRENT}`,
  ])
  const copy = await open({ kind: 'sqlite', file: `${location.file}.v${CURRENT}` })
  expect(await versionOf(copy)).toEqual([CURRENT])
  expect(await copy.db.selectFrom('accounts').select('name').execute()).toEqual([{ name: 'ann' }])
  const { rows } = await sql`pragma integrity_check`.execute(copy.db)
  expect(rows).toEqual([{ integrity_check: 'ok' }])
})

test('a new copy replaces one of an earlier attempt', async () => {
  const file = path.join(await emptyFolder(), 'fourwire.db')
  await (await open({ kind: 'sqlite', file })).close()
  await writeFile(`${file}.v${CURRENT}`, 'half a copy')
  await open({ kind: 'sqlite', file }, NEXT)
  expect(await versionOf(await open({ kind: 'sqlite', file: `${file}.v${CURRENT}` }))).toEqual([CURRENT])
})

test('a new store is not copied', async () => {
  const folder = await emptyFolder()
  await (await open({ kind: 'sqlite', file: path.join(folder, 'fourwire.db') }, NEXT)).close()
  expect(await readdir(folder)).toEqual(['fourwire.db'])
})
