/**
 * Faults of ftp-srv that this server does not have. Each test runs against both: so it is certain that it finds the fault.
 */
import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { afterAllTests, emptyFolder } from '../../helpers/cli.ts'
import { FAULTS, type Target } from './stock-faults.ts'

const cleanup = afterAllTests()
const SCRIPT = fileURLToPath(new URL('./stock-faults-server.ts', import.meta.url))

/** Starts the servers of one kind, with a folder of their own. */
async function start(which: 'ours' | 'stock'): Promise<Target> {
  const folder = await emptyFolder(cleanup)
  const www = path.join(folder, 'www')
  await mkdir(www)
  await writeFile(path.join(www, 'hello.txt'), 'hello\n')
  const [certificate, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')]
  const kind = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1']
  await promisify(execFile)('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', certificate])
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, which, folder])
  cleanup(() => stop(child))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async () => JSON.parse((await lines.next()).value ?? '{}')
  const { port, portWithoutTls } = await read()
  return {
    port,
    portWithoutTls,
    www,
    resources: async () => {
      child.stdin.write('\n')
      return read()
    },
  }
}

async function stop(child: ChildProcessWithoutNullStreams): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

let ours: Target
let stock: Target

beforeAll(async () => {
  ;[ours, stock] = await Promise.all([start('ours'), start('stock')])
})

describe.each(FAULTS)('$title', fault => {
  test('this server is right', async () => {
    expect(await fault.observe(ours)).toEqual(fault.ours)
  })
  test('ftp-srv has the fault', async () => {
    expect(await fault.observe(stock)).toEqual(fault.stock)
  })
})
