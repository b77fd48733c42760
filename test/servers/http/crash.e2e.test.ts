import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { request } from '../../../clients/http/index.ts'
import { http } from '../../../servers/http/index.ts'
import { Directory } from '../../../shared/directory.ts'
import { FileTree } from '../../../shared/files.ts'
import { createLog } from '../../../shared/log.ts'
import type { Mailbox } from '../../../shared/store/mailbox.ts'
import { Trace } from '../../../shared/trace/trace.ts'
import { emptyFolder } from '../../helpers/cli.ts'

/** A mailbox whose disk has failed. */
const BROKEN: Mailbox = {
  add: async () => Promise.reject(new Error('disk on fire')),
  list: async () => Promise.reject(new Error('disk on fire')),
  get: async () => Promise.reject(new Error('disk on fire')),
}

async function startBroken() {
  const dataFolder = await emptyFolder()
  const logged: string[] = []
  const files = await FileTree.open(path.join(dataFolder, 'www'))
  const service = http.create(http.options.parse({ port: 0 }), {
    trace: new Trace(),
    log: createLog('error', { write: line => void logged.push(line) }),
    directory: new Directory(),
    files,
    mail: BROKEN,
    dataFolder,
    drainTime: 0,
  })
  const [endpoint] = await service.listen()
  onTestFinished(() => service.close())
  return { service, base: endpoint?.url ?? '', logged, www: files.root }
}

test('a handler that fails is 500 and a line in the log, and harms nobody else', async () => {
  const { base, logged } = await startBroken()
  const failed = await request({ url: `${base}mail/1` })
  expect([failed.status, await failed.text()]).toEqual([
    500,
    '500 Internal Server Error\nThe server failed; its log says why.\n',
  ])
  expect(logged.map(line => JSON.parse(line))).toMatchObject([{ url: '/mail/1', error: 'disk on fire' }])
  expect(await request({ url: `${base}healthz` }).then(reply => reply.text())).toContain('ok')
})

test.skipIf(process.getuid?.() === 0)('a file that may not be read is 403', async () => {
  const { base, www } = await startBroken()
  await writeFile(path.join(www, 'closed.txt'), 'x')
  await chmod(path.join(www, 'closed.txt'), 0)
  const reply = await request({ url: `${base}closed.txt` })
  expect([reply.status, await reply.text()]).toEqual([403, '403 Forbidden\n/closed.txt may not be read.\n'])
})

test('closing twice, or without ever having listened, is fine', async () => {
  const { service } = await startBroken()
  await Promise.all([service.close(), service.close()])
  const { service: other } = await startBroken()
  await other.close()
  await other.close()
})
