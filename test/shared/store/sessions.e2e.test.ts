import { describe, expect, test } from 'vitest'
import { Accounts } from '../../../shared/store/accounts.ts'
import { Sessions } from '../../../shared/store/sessions.ts'
import { LOWEST_COST } from '../../helpers/password-cost.ts'
import { describeOnEveryDatabase } from './engines.ts'

const TIMES = { idle: 1000, lifetime: 10_000 }
const CLIENT = { address: '192.0.2.1', userAgent: 'test/1.0' }

describeOnEveryDatabase(database => {
  test('a token finds its session and account; the database has only its hash', async context => {
    const { accounts, sessions } = await database.open(context)
    const account = await accounts.add({ name: 'ann', password: 'x' })
    const { token, session } = await sessions.create({ account, ...CLIENT }, TIMES)
    expect(await sessions.find(token, TIMES)).toEqual({ session, account })
    expect(session).toMatchObject({ ...CLIENT, expiresAt: session.createdAt + TIMES.lifetime })
    expect(await sessions.find(session.id, TIMES)).toBeUndefined()
    expect(await sessions.find(`${token}x`, TIMES)).toBeUndefined()
    expect(JSON.stringify(await sessions.list(account, TIMES))).not.toContain(token)
  })

  test('every sign-in has a new token', async context => {
    const { accounts, sessions } = await database.open(context)
    const account = await accounts.add({ name: 'ann', password: 'x' })
    const first = await sessions.create({ account, ...CLIENT }, TIMES)
    const second = await sessions.create({ account, ...CLIENT }, TIMES)
    expect(second.token).not.toBe(first.token)
    expect((await sessions.list(account, TIMES)).map(({ id }) => id)).toEqual([second.session.id, first.session.id])
  })

  test('a session ends when its account is removed, also if one of the same name is added', async context => {
    const { accounts, sessions } = await database.open(context)
    const account = await accounts.add({ name: 'ann', password: 'x' })
    const { token } = await sessions.create({ account, ...CLIENT }, TIMES)
    await accounts.remove('ann')
    expect(await sessions.find(token, TIMES)).toBeUndefined()
    await accounts.add({ name: 'ann', password: 'x' })
    expect(await sessions.find(token, TIMES)).toBeUndefined()
  })

  test('a session has the permissions that the account has now', async context => {
    const { accounts, sessions } = await database.open(context)
    const account = await accounts.add({ name: 'ann', password: 'x' })
    const { token } = await sessions.create({ account, ...CLIENT }, TIMES)
    const changed = await accounts.update('ann', { write: [] })
    expect(await sessions.find(token, TIMES)).toMatchObject({ account: { ...changed, write: [] } })
  })

  test('a change of the password ends the sessions of that account only', async context => {
    const { accounts, sessions } = await database.open(context)
    const ann = await sessions.create({ account: await accounts.add({ name: 'ann', password: 'x' }), ...CLIENT }, TIMES)
    const ben = await sessions.create({ account: await accounts.add({ name: 'ben', password: 'x' }), ...CLIENT }, TIMES)
    await accounts.setPassword('ANN', 'y')
    expect(await sessions.find(ann.token, TIMES)).toBeUndefined()
    expect(await sessions.find(ben.token, TIMES)).toBeDefined()
  })

  test('a password that was changed after it was verified starts no session', async context => {
    const { accounts, sessions } = await database.open(context)
    const added = await accounts.add({ name: 'ann', password: 'old' })
    const account = await accounts.verify('ann', 'old')
    if (!account) throw new Error('the password is wrong')
    await sessions.create({ account, ...CLIENT }, TIMES)
    await accounts.setPassword('ann', 'new')
    await expect(sessions.create({ account, ...CLIENT }, TIMES)).rejects.toMatchObject({ code: 'conflict' })
    expect(await sessions.list(added, TIMES)).toEqual([])
  })

  test('ends one session, and all sessions, of an account', async context => {
    const { accounts, sessions } = await database.open(context)
    const [ann, ben] = [
      await accounts.add({ name: 'ann', password: 'x' }),
      await accounts.add({ name: 'ben', password: 'x' }),
    ]
    const signedIn = await Promise.all([1, 2, 3].map(() => sessions.create({ account: ann, ...CLIENT }, TIMES)))
    const { session } = await sessions.create({ account: ben, ...CLIENT }, TIMES)
    expect(await sessions.remove(ben, signedIn[0]?.session.id ?? '')).toBe(false)
    expect(await sessions.remove(ann, signedIn[0]?.session.id ?? '')).toBe(true)
    expect(await sessions.find(signedIn[0]?.token ?? '', TIMES)).toBeUndefined()
    expect(await sessions.removeAll(ann)).toBe(2)
    expect(await sessions.list(ann, TIMES)).toEqual([])
    expect(await sessions.list(ben, TIMES)).toEqual([session])
  })

  test('a new session replaces the oldest if an account has 100', async context => {
    const { accounts, sessions } = await database.open(context)
    const account = await accounts.add({ name: 'ann', password: 'x' })
    // Long enough for a busy machine.
    const times = { idle: 60_000, lifetime: 60_000 }
    const first = await sessions.create({ account, ...CLIENT }, times)
    for (let count = 0; count < 100; count++) await sessions.create({ account, ...CLIENT }, times)
    expect(await sessions.list(account, times)).toHaveLength(100)
    expect(await sessions.find(first.token, times)).toBeUndefined()
  })
})

describe('with a clock of the test', () => {
  describeOnEveryDatabase(
    database => {
      test('a session ends without requests, and at the end of its lifetime', async context => {
        const engine = await database.openEngine(context)
        const accounts = new Accounts(engine.db, { passwordCost: LOWEST_COST })
        let now = 1_000_000
        const sessions = new Sessions(engine.db, accounts, () => now)
        const account = await accounts.add({ name: 'ann', password: 'x' })
        const idle = await sessions.create({ account, ...CLIENT }, TIMES)
        now += TIMES.idle
        expect(await sessions.find(idle.token, TIMES)).toBeUndefined()
        expect(await sessions.list(account, TIMES)).toEqual([])
        const used = await sessions.create({ account, ...CLIENT }, TIMES)
        const end = now + TIMES.lifetime
        for (; now < end; now += 900) expect(await sessions.find(used.token, TIMES)).toBeDefined()
        expect(await sessions.find(used.token, TIMES)).toBeUndefined()
      })
    },
    ['memory', 'postgres'],
  )
})
