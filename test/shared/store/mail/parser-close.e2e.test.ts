import { execFile } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const PARSER = pathToFileURL(path.join(ROOT, 'shared/store/mail/parse/message-parser.ts')).href

/** Blocks the event loop until the thread has parsed, so that its result arrives after `close` was called. */
const SCRIPT = `
  import { MessageParser } from '${PARSER}'
  const raw = () => new Uint8Array(Buffer.from('Subject: a\\r\\n\\r\\ntext\\r\\n'))
  const parser = new MessageParser()
  await parser.view(raw())
  const view = parser.view(raw()).then(() => 'parsed', error => error.code)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  await parser.close()
  console.log(await view)
`

// A process of its own: the end of the thread must keep it running, and other handles would.
test('closes while the result of a message arrives', async () => {
  const args = ['--import', 'tsx', '--input-type=module', '-e', SCRIPT]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT })
  expect(stdout).toBe('closed\n')
})
