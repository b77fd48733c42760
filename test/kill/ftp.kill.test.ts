/**
 * `npm run test:kill`: kills the server with SIGKILL while clients upload. Every file that got its 226 is there, byte for byte; no
 * other file is there in part; and the next start removes what the interrupted uploads have left.
 */
import { randomInt } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, startFourwire } from '../helpers/cli.ts'
import { SentFiles, uploadUntilClosed } from './uploader.ts'

const ROUNDS = 20
const CLIENTS = 4
/** Acknowledged files after which the server is killed, a random number of each round. */
const MIN_ACKNOWLEDGED = 3
const MAX_ACKNOWLEDGED = 25
const MAX_TEST_MS = 300_000

const startServer = (data: string) => startFourwire(['ftp', '--quiet', '--free-ports', '--data', data], { cwd: data })

/** Runs the server until it has acknowledged a random number of files, and kills it. */
async function runUntilKilled(data: string, round: number, sent: SentFiles): Promise<void> {
  const server = await startServer(data)
  const port = server.endpoints[0]?.port ?? 0
  let left = randomInt(MIN_ACKNOWLEDGED, MAX_ACKNOWLEDGED)
  const onAcknowledged = () => {
    left -= 1
    if (left === 0) server.child.kill('SIGKILL')
  }
  const clients = Array.from({ length: CLIENTS }, (_, client) =>
    uploadUntilClosed({ port, name: `${round}-${client}`, sent, onAcknowledged }),
  )
  await Promise.all(clients)
  await server.stop('SIGKILL')
}

/** Checks the files that were not checked before; returns the names of incomplete uploads. */
async function checkStored(folder: string, sent: SentFiles, found: Set<string>): Promise<readonly string[]> {
  const names = await readdir(folder)
  for (const name of names.filter(name => sent.content.has(name) && !found.has(name))) {
    found.add(name)
    const content = await readFile(path.join(folder, name))
    expect(content.equals(sent.content.get(name) ?? Buffer.alloc(0)), `${name} is not what was sent`).toBe(true)
  }
  expect([...sent.acknowledged].filter(name => !found.has(name))).toEqual([])
  return names.filter(name => name.startsWith('.fourwire-upload-'))
}

test('a server that is killed has every file that it acknowledged, whole, and the next one removes incomplete ones', {
  timeout: MAX_TEST_MS,
}, async () => {
  const data = await emptyFolder()
  const folder = path.join(data, 'www/files')
  const [sent, found] = [new SentFiles(), new Set<string>()]
  let left: readonly string[] = []
  let removed = 0
  for (let round = 1; round <= ROUNDS; round++) {
    await runUntilKilled(data, round, sent)
    const before = new Set(left)
    left = await checkStored(folder, sent, found)
    expect(left.filter(name => before.has(name))).toEqual([])
    removed += left.length
  }
  const server = await startServer(data)
  await expect.poll(() => checkStored(folder, sent, found)).toEqual([])
  await server.stop()
  expect(removed).toBeGreaterThan(0)
  process.stdout.write(
    `killed ${ROUNDS} times: ${sent.acknowledged.size} acknowledged files are there, and ${found.size - sent.acknowledged.size} that were not; ${removed} incomplete ones were removed\n`,
  )
})
