import { expect, test } from 'vitest'
import { MailboxFullError, MemoryMailbox } from '../../../shared/store/mailbox.ts'

const mail = (text: string) => ({
  envelope: { from: 'a@fourwire.test', to: ['b@fourwire.test'] },
  raw: Buffer.from(text),
})

test('lists mail in the order of arrival, and finds it by its id', async () => {
  const mailbox = new MemoryMailbox()
  const first = await mailbox.add(mail('one'))
  const second = await mailbox.add(mail('two'))
  expect(await mailbox.list()).toEqual([first, second])
  expect(await mailbox.get(second.id)).toBe(second)
  expect(await mailbox.get('none')).toBeUndefined()
})

test.each([
  ['messages', { maxMessages: 1, maxBytes: 1000 }],
  ['bytes', { maxMessages: 1000, maxBytes: 5 }],
])('rejects mail beyond its bound of %s, and keeps the stored mail', async (_what, bounds) => {
  const mailbox = new MemoryMailbox(bounds)
  await mailbox.add(mail('one'))
  await expect(mailbox.add(mail('two'))).rejects.toThrow(MailboxFullError)
  expect(await mailbox.list()).toHaveLength(1)
})
