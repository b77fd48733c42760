/** Uploads that continue a file, beside other uploads of it and at the end of the server. */
import { once } from 'node:events'
import { watch } from 'node:fs'
import { truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ftpSuite, openDataConnection, openSession, upload } from './sessions.ts'

test('APPE does not undo what another client has appended meanwhile', async () => {
  const { port, read } = await ftpSuite()
  const [early, late] = [await openSession(port), await openSession(port)]
  await upload(early, 'STOR log', 'base ')
  const data = await openDataConnection(late)
  await late.play('C: APPE log\nS: 150 *')
  await upload(early, 'APPE log', 'early ')
  data.socket.end('late')
  await late.play('S: 450 The file was changed while this upload continued it. Start the upload again')
  await upload(late, 'APPE log', 'late')
  expect(await read('log')).toBe('base early late')
})

test('the server closes without waiting for the copy that APPE starts with', async () => {
  const { suite, www, port } = await ftpSuite()
  // Its copy takes much longer than what follows.
  await writeFile(path.join(www, 'large'), '')
  await truncate(path.join(www, 'large'), 4 * 1024 ** 3)
  const wire = await openSession(port)
  await openDataConnection(wire)
  const watcher = watch(www)
  const copying = once(watcher, 'change')
  wire.send('APPE large\r\n')
  await copying
  watcher.close()
  const closed = suite.close()
  await wire.play('S: 426 Upload aborted\nS: 421 The server is closing\nS: (closed)')
  await closed
})
