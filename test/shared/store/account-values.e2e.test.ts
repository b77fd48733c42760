import { expect, test } from 'vitest'
import { UsageError } from '../../../shared/errors.ts'
import type { NewAccount } from '../../../shared/store/accounts.ts'
import { openStore } from '../../helpers/store.ts'

test.each<[Partial<NewAccount>, string]>([
  [{ name: '' }, 'account name: must be 1 to 64 letters, digits, dots, hyphens or underscores (given: "")'],
  [{ name: 'a b' }, '(given: "a b")'],
  [{ name: 'a@b' }, '(given: "a@b")'],
  [{ name: 'x'.repeat(65) }, 'account name'],
  [{ name: 'FTP' }, 'account name: is the name of the anonymous FTP account (given: "FTP")'],
  [{ password: '' }, 'account password: must not be empty'],
  [{ password: 'x'.repeat(1025) }, 'account password: must have at most 1024 characters'],
  [{ password: 'a\r\nQUIT' }, 'account password: must not contain control characters'],
  [{ read: ['files'] }, 'account read.0: must be a path from the root of the file tree, such as /files'],
  [{ write: ['/a\0'] }, 'account write.0'],
  [{ delete: ['a'] }, 'account delete.0: must be a path from the root of the file tree, such as /files'],
  [{ quota: -1 }, 'account quota'],
  [{ fileQuota: 0.5 }, 'account fileQuota'],
])('rejects the account %j: %s', async (values, message) => {
  const { accounts } = await openStore()
  const attempt = accounts.add({ name: 'ann', password: 'secret', ...values })
  await expect(attempt).rejects.toThrow(UsageError)
  await expect(attempt).rejects.toThrow(message)
})

test('a password does not appear in an error', async () => {
  const { accounts } = await openStore()
  await expect(accounts.add({ name: 'ann', password: 'sec\0ret' })).rejects.not.toThrow(/sec/)
})

test('verifies two passwords at once, queues 20, and rejects more as busy', async () => {
  const { accounts, closeStore } = await openStore()
  await accounts.add({ name: 'ann', password: 'secret' })
  const attempts = Array.from({ length: 23 }, () => accounts.verify('ann', 'secret'))
  // Those that wait fail when the store closes.
  const ended = Promise.allSettled(attempts)
  await expect(attempts[22]).rejects.toMatchObject({ code: 'busy' })
  expect(await attempts[0]).toBeDefined()
  await closeStore()
  await ended
})
