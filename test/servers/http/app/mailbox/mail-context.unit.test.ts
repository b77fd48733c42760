import { expect, test } from 'vitest'
import { MailContext } from '../../../../../servers/http/app/mailbox/mail-context.ts'
import { Trace } from '../../../../../shared/trace/trace.ts'

test.each([
  ['read', 208, 'Too many requests for mail are pending.'],
  ['submit', 108, 'Too many messages are being sent.'],
] as const)('%s runs and queues %i tasks, and refuses more', async (method, bound, detail) => {
  const context = new MailContext('fourwire.test', { trace: new Trace() })
  let finish = () => {}
  const finished = new Promise<void>(resolve => {
    finish = resolve
  })
  const tasks = Array.from({ length: bound }, () => context[method](() => finished))
  await expect(context[method](() => finished)).rejects.toMatchObject({
    status: 503,
    detail,
    headers: ['Retry-After', '1'],
  })
  finish()
  await Promise.all(tasks)
  expect(await context[method](async () => 'done')).toBe('done')
})
