import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { Engine, Write } from '../../../shared/store/engine.ts'
import { describeOnEveryDatabase } from './engines.ts'

const account = (name: string, quota: number | null = null) => ({
  name,
  password: 'hash',
  read_paths: '[]',
  write_paths: '[]',
  quota,
  created_at: Date.now(),
})

const names = async ({ db }: Engine) => {
  const rows = await db.selectFrom('accounts').select('name').orderBy('name').execute()
  return rows.map(({ name }) => name)
}

/** Returns one write that inserts the accounts. */
function insert({ db }: Engine, ...accounts: readonly string[]): Write {
  const query = db.insertInto('accounts').values(account('')).compile()
  return { sql: query.sql, rows: accounts.map(name => Object.values(account(name))) }
}

describeOnEveryDatabase(database => {
  test('a transaction that fails changes nothing, and its error is that of the statement', async context => {
    const engine = await database.openEngine(context)
    const attempt = engine.db.transaction().execute(async transaction => {
      await transaction.insertInto('accounts').values(account('ann')).execute()
      await transaction.insertInto('accounts').values(account('ann')).execute()
    })
    await expect(attempt).rejects.toMatchObject({ name: 'StoreError', code: 'conflict' })
    expect(await names(engine)).toEqual([])
  })

  test('a batch is written whole or not at all', async context => {
    const engine = await database.openEngine(context)
    await engine.write([insert(engine, 'ann', 'bob')])
    await expect(engine.write([insert(engine, 'zoe'), insert(engine, 'eve', 'bob')])).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await names(engine)).toEqual(['ann', 'bob'])
  })

  test('batches and statements wait for a transaction, and are not part of it', async context => {
    const engine = await database.openEngine(context)
    let writing: Promise<void> | undefined
    const attempt = engine.db.transaction().execute(async transaction => {
      await transaction.insertInto('accounts').values(account('ann')).execute()
      writing = engine.write([insert(engine, 'bob')])
      throw new Error('rolled back')
    })
    await expect(attempt).rejects.toThrow('rolled back')
    await writing
    expect(await names(engine)).toEqual(['bob'])
  })

  test('numbers beyond 32 bits, and times in milliseconds, are numbers', async context => {
    const { db } = await database.openEngine(context)
    const inserted = account('ann', Number.MAX_SAFE_INTEGER)
    await db.insertInto('accounts').values(inserted).execute()
    const row = await db.selectFrom('accounts').selectAll().executeTakeFirstOrThrow()
    expect(row.quota).toBe(Number.MAX_SAFE_INTEGER)
    expect(row.created_at).toBe(inserted.created_at)
  })

  test('counts the rows that a statement changed', async context => {
    const { db, write } = await database.openEngine(context)
    await write([insert({ db } as Engine, 'ann', 'bob')])
    const { numUpdatedRows } = await db.updateTable('accounts').set({ quota: 1 }).executeTakeFirst()
    const { numDeletedRows } = await db.deleteFrom('accounts').where('name', '=', 'ann').executeTakeFirst()
    expect([numUpdatedRows, numDeletedRows]).toEqual([2n, 1n])
  })

  test('an error in a statement is a StoreError', async context => {
    const { db } = await database.openEngine(context)
    await expect(sql`select * from missing`.execute(db)).rejects.toMatchObject({ name: 'StoreError', code: 'failed' })
  })
})
