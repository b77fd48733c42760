import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { list } from '../../../clients/ftp/index.ts'
import { type SuiteOptions, startSuite } from '../../../shared/launcher/index.ts'
import { Accounts } from '../../../shared/store/accounts.ts'
import { STORE_FILE } from '../../../shared/store/location.ts'
import { openEngine } from '../../../shared/store/open-store.ts'
import { hashPassword, verifyPassword } from '../../../shared/store/password.ts'
import { emptyFolder } from '../../helpers/cli.ts'
import { LOWEST_COST } from '../../helpers/password-cost.ts'

async function openMemory() {
  const { db, close } = await openEngine({ kind: 'memory' })
  onTestFinished(close)
  const hashes = async () => (await db.selectFrom('accounts').select('password').execute()).map(row => row.password)
  return { db, hashes }
}

/** OWASP's minimum: `scrypt$N$r$p$`, 16 bytes of salt and 32 of key. */
const OWASP = /^scrypt\$16384\$8\$5\$[\w+/]{22}==\$[\w+/]{43}=$/

test('an account has a hash of the minimum cost of OWASP, with a salt of its own', async () => {
  const { db, hashes } = await openMemory()
  const accounts = new Accounts(db)
  await Promise.all(['ann', 'bob'].map(name => accounts.add({ name, password: 'secret' })))
  const [first, second] = await hashes()
  expect([first, second]).toEqual([expect.stringMatching(OWASP), expect.stringMatching(OWASP)])
  expect(first).not.toBe(second)
})

test.each<[string, SuiteOptions, RegExp]>([
  ['the minimum cost of OWASP', {}, OWASP],
  ['the cost that a program chose', { passwordCost: LOWEST_COST }, /^scrypt\$2\$1\$1\$/],
])('an account of a suite has a hash of %s, and signs in', async (_title, options, expected) => {
  const data = await emptyFolder()
  const suite = await startSuite({ services: ['ftp'], data, ...options })
  onTestFinished(() => suite.close())
  await suite.accounts.add({ name: 'ann', password: 'secret' })
  const { db, close } = await openEngine({ kind: 'sqlite', file: path.join(data, STORE_FILE) })
  onTestFinished(close)
  expect(await db.selectFrom('accounts').select('password').execute()).toEqual([
    { password: expect.stringMatching(expected) },
  ])
  const url = `ftp://ann:secret@127.0.0.1:${suite.ftp.port}/`
  expect(await list({ url })).not.toEqual([])
})

test('a password is verified at the cost of its hash, and changed to one of the default cost', async () => {
  const { db, hashes } = await openMemory()
  await new Accounts(db, { passwordCost: LOWEST_COST }).add({ name: 'ann', password: 'cheap' })
  expect(await hashes()).toEqual([expect.stringMatching(/^scrypt\$2\$1\$1\$/)])
  const accounts = new Accounts(db)
  expect(await accounts.verify('ann', 'cheap')).toMatchObject({ name: 'ann' })
  expect(await accounts.verify('ann', 'wrong')).toBeUndefined()
  await accounts.setPassword('ann', 'dear')
  expect(await hashes()).toEqual([expect.stringMatching(OWASP)])
  expect(await accounts.verify('ann', 'dear')).toMatchObject({ name: 'ann' })
})

test('a hash has the key that RFC 7914 computes', async () => {
  // Section 12: P = "pleaseletmein", S = "SodiumChloride", N = 16384, r = 8, p = 1, of whose 64 bytes this is the first half.
  const key = '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2'
  const [salt, expected] = [Buffer.from('SodiumChloride'), Buffer.from(key, 'hex')].map(part => part.toString('base64'))
  expect(await verifyPassword('pleaseletmein', `scrypt$16384$8$1$${salt}$${expected}`)).toBe(true)
  expect(await verifyPassword('pleaseletmeout', `scrypt$16384$8$1$${salt}$${expected}`)).toBe(false)
})

test('a text that is not a hash verifies no password', async () => {
  const hash = await hashPassword('secret', LOWEST_COST)
  expect(await verifyPassword('secret', hash)).toBe(true)
  expect(await verifyPassword('secret', hash.replace('scrypt', 'argon2'))).toBe(false)
  expect(await verifyPassword('secret', '')).toBe(false)
})

test('an unknown name takes as long as a wrong password', async () => {
  const { db } = await openMemory()
  const start = performance.now()
  expect(await new Accounts(db).verify('eve', 'wrong')).toBeUndefined()
  // No machine computes a hash of the default cost in 20 ms. Without one, the reply takes less than a millisecond.
  expect(performance.now() - start).toBeGreaterThan(20)
})
