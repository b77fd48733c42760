import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { request } from '../../../clients/http/index.ts'
import { http } from '../../../servers/http/index.ts'
import type { Mailbox } from '../../../shared/store/mailbox.ts'
import { createTestContext } from '../../helpers/context.ts'

/** A mailbox whose disk has failed. */
const BROKEN: Mailbox = {
  add: async () => Promise.reject(new Error('disk on fire')),
  list: async () => Promise.reject(new Error('disk on fire')),
  get: async () => Promise.reject(new Error('disk on fire')),
  clear: async () => undefined,
}

async function startBroken() {
  const { context, logged } = await createTestContext({ mail: BROKEN, drainTime: 0 })
  const service = http.create(http.options.parse({ port: 0 }), context)
  const [endpoint] = await service.listen()
  onTestFinished(() => service.close())
  const failures = () => logged.map(line => JSON.parse(line)).filter(({ level }) => level >= PINO_ERROR)
  return { service, base: endpoint?.url ?? '', failures, www: context.files.root }
}

const PINO_ERROR = 50

test('a handler that fails is 500 and a line in the log, and harms nobody else', async () => {
  const { base, failures } = await startBroken()
  const failed = await request({ url: `${base}mail/1` })
  expect([failed.status, await failed.text()]).toEqual([
    500,
    '500 Internal Server Error\nThe server failed; its log says why.\n',
  ])
  expect(failures()).toMatchObject([{ url: '/mail/1', err: { stack: expect.stringContaining('crash.e2e.test.ts') } }])
  expect(await request({ url: `${base}healthz` }).then(reply => reply.text())).toContain('ok')
})

test('a file that may not be read is 403', async () => {
  const { base, www } = await startBroken()
  await request({ url: `${base}index.html` }).then(reply => reply.text())
  await writeFile(path.join(www, 'closed.txt'), 'x')
  await chmod(path.join(www, 'closed.txt'), 0)
  await chmod(path.dirname(www), 0o755)
  await asNobody(async () => {
    const reply = await request({ url: `${base}closed.txt` })
    expect([reply.status, await reply.text()]).toEqual([403, '403 Forbidden\n/closed.txt may not be read.\n'])
  })
})

/** Root may read everything, so whoever runs the tests as root is somebody else meanwhile. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(NOBODY)
  try {
    await work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

const NOBODY = 65_534
