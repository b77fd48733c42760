import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { emptyFolder, FOURWIRE } from '../helpers/cli.ts'
import { suiteFor } from '../helpers/suite.ts'

/** More than a pipe holds: the write completes only after the command has started to read. */
const MORE_THAN_A_PIPE = Buffer.alloc(4 * 1024 * 1024, 'x\n')

/** Starts a command and keeps its standard input open. */
async function launch(words: readonly string[]): Promise<ChildProcessWithoutNullStreams> {
  const [command, ...main] = FOURWIRE
  const child = spawn(command, [...main, ...words], { cwd: await emptyFolder() })
  onTestFinished(() => void child.kill('SIGKILL'))
  // The command closes the pipe while the test is writing.
  child.stdin.on('error', () => {})
  return child
}

/** Starts a server that never responds. */
async function startSilentServer(): Promise<string> {
  const server = createServer(request => request.resume()).listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const READERS = {
  'smtp send --file -': async () => ['smtp', 'send', '--from', 'a@b.test', '--to', 'c@d.test', '--file', '-'],
  'http -d @-': async () => ['http', await startSilentServer(), '-d', '@-'],
  'dns check /dev/stdin': async () => ['dns', 'check', '/dev/stdin'],
  'ftp put -': async () => {
    const { ftp } = await suiteFor({ services: ['ftp'] })
    return ['ftp', 'put', '-', `ftp://alice:wonderland@127.0.0.1:${ftp.port}/x`]
  },
}

test.each(Object.entries(READERS))('%s can be interrupted while it reads', async (_name, words) => {
  const child = await launch(await words())
  await new Promise(resolve => child.stdin.write(MORE_THAN_A_PIPE, resolve))
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([130, null])
})

test('a response that arrives before the end of standard input ends the command', async () => {
  const { http } = await suiteFor({ services: ['http'] })
  const child = await launch(['http', http.url, '-d', '@-'])
  child.stdin.write('the first of much')
  expect(await once(child, 'exit')).toEqual([1, null])
})
