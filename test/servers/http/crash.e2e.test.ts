import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { request } from '../../../clients/http/index.ts'
import { http } from '../../../servers/http/index.ts'
import { Store } from '../../../shared/store/store.ts'
import { startService } from '../../helpers/service.ts'

/** A store on a failed disk. */
class BrokenStore extends Store {
  override open(): Promise<never> {
    return Promise.reject(new Error('disk on fire'))
  }
}

async function startBroken() {
  const store = new BrokenStore({ kind: 'memory' })
  const { service, context, logged, url } = await startService(http, {}, { store, drainTime: 0 })
  const errors = () => logged.map(line => JSON.parse(line)).filter(({ level }) => level >= PINO_ERROR)
  return { service, base: url, errors, www: context.files.root }
}

const PINO_ERROR = 50

test('responds with 500 if a handler fails, logs the error, and serves the next request', async () => {
  const { base, errors } = await startBroken()
  const failed = await request({ url: `${base}mail/1` })
  expect([failed.status, await failed.text()]).toEqual([
    500,
    '500 Internal Server Error\nThe server failed; its log says why.\n',
  ])
  expect(errors()).toMatchObject([{ url: '/mail/1', err: { stack: expect.stringContaining('crash.e2e.test.ts') } }])
  expect(await request({ url: `${base}healthz` }).then(response => response.text())).toContain('ok')
})

test('responds with 403 if the server may not read the file', async () => {
  const { base, www } = await startBroken()
  await request({ url: `${base}index.html` }).then(response => response.text())
  await writeFile(path.join(www, 'closed.txt'), 'x')
  await chmod(path.join(www, 'closed.txt'), 0)
  await chmod(path.dirname(www), 0o755)
  await asNobody(async () => {
    const response = await request({ url: `${base}closed.txt` })
    expect([response.status, await response.text()]).toEqual([403, '403 Forbidden\n/closed.txt may not be read.\n'])
  })
})

/** Runs `work` as the user `nobody` if the tests run as root, which may read everything. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(NOBODY_UID)
  try {
    await work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

const NOBODY_UID = 65_534
