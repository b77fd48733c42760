import { expect, test } from 'vitest'
import { UsageError } from '../../../shared/errors.ts'
import { describeOnEveryDatabase } from './engines.ts'

describeOnEveryDatabase(database => {
  test('stores an account, and verifies its password', async context => {
    const { accounts } = await database.open(context)
    const quotas = { quota: 2 ** 40, fileQuota: 2 ** 41 }
    const added = await accounts.add({ name: 'Ann', password: 'sécret', read: ['/files/'], write: [], ...quotas })
    expect(added).toEqual({
      name: 'ann',
      read: ['/files'],
      write: [],
      ...quotas,
      createdAt: expect.closeTo(Date.now(), -5),
    })
    expect(await accounts.get('ANN')).toEqual(added)
    expect(await accounts.verify('aNN', 'sécret')).toEqual(added)
    // The same text in another Unicode form.
    expect(await accounts.verify('ann', 'sécret'.normalize('NFD'))).toEqual(added)
    expect(await accounts.verify('ann', 'Sécret')).toBeUndefined()
    expect(await accounts.verify('bob', 'sécret')).toBeUndefined()
  })

  test('an account reads and writes everything by default, and has the default quota', async context => {
    const { accounts } = await database.open(context)
    expect(await accounts.add({ name: 'ann', password: 'x' })).toEqual({
      name: 'ann',
      read: ['/'],
      write: ['/'],
      createdAt: expect.any(Number),
    })
  })

  test('changes the permissions and the quotas of an account, each alone', async context => {
    const { accounts } = await database.open(context)
    const added = await accounts.add({ name: 'ann', password: 'x', quota: 5, fileQuota: 6 })
    expect(await accounts.update('ANN', { read: ['/files/'] })).toEqual({ ...added, read: ['/files'] })
    expect(await accounts.update('ann', { write: [] })).toEqual({ ...added, read: ['/files'], write: [] })
    expect(await accounts.update('ann', { quota: null })).toEqual({
      ...added,
      read: ['/files'],
      write: [],
      quota: undefined,
    })
    expect(await accounts.update('ann', { fileQuota: 0 })).toMatchObject({ read: ['/files'], fileQuota: 0 })
    expect((await accounts.get('ann'))?.fileQuota).toBe(0)
    expect((await accounts.update('ann', { fileQuota: null })).fileQuota).toBeUndefined()
    expect((await accounts.update('ann', { delete: ['/files/'] })).delete).toEqual(['/files'])
    expect(await accounts.get('ann')).toMatchObject({ write: [], delete: ['/files'] })
    expect((await accounts.update('ann', { delete: [] })).delete).toEqual([])
    expect((await accounts.update('ann', { delete: null })).delete).toBeUndefined()
    await expect(accounts.update('ann', { delete: ['files'] })).rejects.toThrow(/account delete\.0: must be a path/)
    expect(await accounts.get('ann')).toMatchObject({ read: ['/files'], write: [] })
    expect(await accounts.verify('ann', 'x')).toBeDefined()
    await expect(accounts.update('ben', {})).rejects.toThrow(/account "ben" does not exist/)
    await expect(accounts.update('ann', { fileQuota: -1 })).rejects.toThrow(/account fileQuota: /)
    await expect(accounts.update('ann', { read: ['files'] })).rejects.toThrow(/account read\.0: must be a path/)
  })

  test('rejects a second account of the same name in any case, and keeps the first', async context => {
    const { accounts } = await database.open(context)
    await accounts.add({ name: 'ann', password: 'first' })
    const attempt = accounts.add({ name: 'ANN', password: 'second' })
    await expect(attempt).rejects.toThrow(UsageError)
    await expect(attempt).rejects.toThrow(/account "ann" exists already\. .*fourwire user passwd ann/)
    expect(await accounts.verify('ann', 'first')).toBeDefined()
  })

  test('lists accounts by name, with the demonstration accounts that no stored one replaces', async context => {
    const { accounts } = await database.open(context, { demonstration: true })
    for (const name of ['zoe', 'ann', 'bob', 'b-2', 'b.1']) await accounts.add({ name, password: 'x', write: [] })
    expect((await accounts.list()).map(({ name }) => name)).toEqual(['ann', 'b-2', 'b.1', 'bob', 'zoe', 'alice'])
    expect(await accounts.get('alice')).toEqual({ name: 'alice', read: ['/'], write: ['/'], createdAt: 0 })
    expect(await accounts.get('bob')).toMatchObject({ name: 'bob', read: ['/'], write: [] })
    expect(await accounts.verify('alice', 'wonderland')).toMatchObject({ name: 'alice' })
    expect(await accounts.verify('alice', 'builder')).toBeUndefined()
    expect(await accounts.verify('bob', 'builder')).toBeUndefined()
  })

  test('changes a password, and removes an account', async context => {
    const { accounts } = await database.open(context)
    await accounts.add({ name: 'ann', password: 'old' })
    await accounts.setPassword('Ann', 'new')
    expect(await accounts.verify('ann', 'old')).toBeUndefined()
    expect(await accounts.verify('ann', 'new')).toBeDefined()
    await accounts.remove('ANN')
    expect(await accounts.list()).toEqual([])
    expect(await accounts.verify('ann', 'new')).toBeUndefined()
    for (const attempt of [accounts.remove('ann'), accounts.setPassword('ann', 'x')]) {
      await expect(attempt).rejects.toThrow('account "ann" does not exist. fourwire user list shows the accounts')
    }
  })

  test('a demonstration account cannot be changed', async context => {
    const { accounts } = await database.open(context, { demonstration: true })
    for (const attempt of [() => accounts.remove('alice'), () => accounts.setPassword('alice', 'x')]) {
      await expect(attempt()).rejects.toThrow('account "alice" exists for demonstration only and cannot be changed')
    }
  })
})
