import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { UsageError } from '../../../shared/errors.ts'
import { Accounts } from '../../../shared/store/accounts.ts'
import { LOWEST_COST } from '../../helpers/password-cost.ts'
import { describeOnEveryDatabase } from './engines.ts'

describeOnEveryDatabase(database => {
  test('a snapshot restores what was added, changed and removed, and keeps the rest', async context => {
    const { db } = await database.openEngine(context)
    const accounts = new Accounts(db, { passwordCost: LOWEST_COST })
    await accounts.add({ name: 'ann', password: 'old', read: ['/files'], delete: ['/x'], quota: 2 ** 40, fileQuota: 9 })
    await accounts.add({ name: 'bea', password: 'secret' })
    await accounts.add({ name: 'eve', password: 'same' })
    const before = await db.selectFrom('accounts').selectAll().orderBy('name').execute()
    const snapshot = await accounts.snapshot()
    await accounts.setPassword('ann', 'new')
    await accounts.remove('bea')
    await accounts.add({ name: 'dan', password: 'added' })
    for (const _round of [1, 2]) {
      await snapshot.restore()
      expect(await db.selectFrom('accounts').selectAll().orderBy('name').execute()).toEqual(before)
    }
    expect(await accounts.verify('ann', 'old')).toMatchObject({
      read: ['/files'],
      delete: ['/x'],
      quota: 2 ** 40,
      fileQuota: 9,
    })
  })

  test('a snapshot restores thousands of accounts, up to its bound', async context => {
    const { db } = await database.openEngine(context)
    const accounts = new Accounts(db)
    const addNumbered = (first: number, last: number) =>
      sql`insert into accounts (name, password, read_paths, write_paths, created_at)
        with recursive numbers (n) as (select ${sql.lit(first)} union all select n + 1 from numbers where n < ${sql.lit(last)})
        select 'user' || n, 'x', '["/"]', '["/"]', 0 from numbers`.execute(db)
    await addNumbered(1, 10_000)
    const snapshot = await accounts.snapshot()
    await db.deleteFrom('accounts').execute()
    await addNumbered(10_001, 12_500)
    await snapshot.restore()
    expect(await accounts.list()).toHaveLength(10_000)
    expect([await accounts.get('user1'), await accounts.get('user10001')]).toMatchObject([{ name: 'user1' }, undefined])

    await addNumbered(10_001, 10_001)
    const tooLarge = await accounts.snapshot()
    await expect(tooLarge.restore()).rejects.toThrow(UsageError)
    expect(await accounts.list()).toHaveLength(10_001)
  })
})
