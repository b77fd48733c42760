/**
 * `npm run test:kill`: kills the server with SIGKILL while mail pours in. After the restart, every message that got its 250 is
 * there once, byte for byte, and there is no half message. smtp-source makes the load, but does not tell which of its messages
 * were acknowledged; clients of our own beside it record that.
 */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import path from 'node:path'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { openEngine } from '../../shared/store/open-store.ts'
import { type OpenStore, Store } from '../../shared/store/store.ts'
import { emptyFolder, startFourwire } from '../helpers/cli.ts'
import { findTool, requireTool } from '../interop/tools.ts'
import { SentMessages, SUBJECT, sendUntilClosed } from './sender.ts'

const ROUNDS = 20
const CLIENTS = 4
/** Acknowledged messages after which the server is killed, a random number of each round. */
const MIN_ACKNOWLEDGED = 5
const MAX_ACKNOWLEDGED = 100
const SOURCE = { sessions: 10, bytes: 2048, messages: 1_000_000 }
const MAX_TEST_MS = 300_000

/** Starts smtp-source, which ends when the server is killed. */
function pourMail(port: number): void {
  const { sessions, bytes, messages } = SOURCE
  const flags = [
    '-s',
    sessions,
    '-l',
    bytes,
    '-m',
    messages,
    '-d',
    '-f',
    'source@fourwire.test',
    '-t',
    'source@fourwire.test',
  ]
  const child = spawn(findTool('smtp-source') ?? 'smtp-source', [...flags.map(String), `inet:127.0.0.1:${port}`], {
    stdio: 'ignore',
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
}

/** Runs the server until it has acknowledged a random number of messages of our clients, and kills it. */
async function runUntilKilled(data: string, round: number, sent: SentMessages): Promise<void> {
  const server = await startFourwire(['smtp', '--quiet', '--free-ports', '--data', data], { cwd: data })
  const port = server.endpoints[0]?.port ?? 0
  pourMail(port)
  let left = randomInt(MIN_ACKNOWLEDGED, MAX_ACKNOWLEDGED)
  const onAcknowledged = () => {
    left -= 1
    if (left === 0) server.child.kill('SIGKILL')
  }
  const clients = Array.from({ length: CLIENTS }, (_, client) =>
    sendUntilClosed({ port, name: `${round}-${client}`, sent, onAcknowledged }),
  )
  await Promise.all(clients)
  await server.stop('SIGKILL')
}

/** Checks the messages after the cursor; returns what the next round needs. */
async function checkStored(
  { mail }: OpenStore,
  sent: SentMessages,
  found: Set<string>,
  ids: Set<string>,
): Promise<void> {
  let cursor: string | undefined
  do {
    const page = await mail.list({ limit: 1000, cursor })
    const unknown = page.messages.filter(({ id }) => !ids.has(id))
    for (const { id, size, subject, envelope } of unknown) {
      ids.add(id)
      const raw = Buffer.from((await mail.raw(id)) ?? [])
      const content = raw.subarray(raw.length - size)
      expect(raw.subarray(0, raw.length - size).toString()).toMatch(/^Received: .*\r\n$/s)
      if (envelope.to[0] === 'source@fourwire.test') {
        checkSourceMessage(content)
        continue
      }
      const name = subject.slice(SUBJECT.length + 1)
      expect(found.has(name), `${name} is stored twice`).toBe(false)
      found.add(name)
      expect(content.equals(sent.content.get(name) ?? Buffer.alloc(0)), `${name} is not what was sent`).toBe(true)
    }
    cursor = unknown.length < page.messages.length ? undefined : page.next
  } while (cursor !== undefined)
}

/** smtp-source sends a header, and a body of lines of X that begin with a digit. */
function checkSourceMessage(content: Buffer): void {
  expect(content.toString('latin1')).toMatch(/^From: <source@fourwire.test>\r\n(?:[^\r\n]+\r\n)*\r\n(?:[\dX]X*\r\n)+$/)
  const body = content.subarray(content.indexOf('\r\n\r\n') + 4)
  expect(body.length).toBe(SOURCE.bytes + '\r\n'.length)
}

test('a server that is killed has every message that it acknowledged, whole and once', {
  timeout: MAX_TEST_MS,
}, async context => {
  requireTool('smtp-source', context)
  const data = await emptyFolder()
  const file = path.join(data, 'fourwire.db')
  const sent = new SentMessages()
  const [found, ids] = [new Set<string>(), new Set<string>()]
  for (let round = 1; round <= ROUNDS; round++) {
    await runUntilKilled(data, round, sent)
    const store = new Store({ kind: 'sqlite', file })
    await checkStored(await store.open(), sent, found, ids)
    await store.close()
    expect([...sent.acknowledged].filter(name => !found.has(name))).toEqual([])
  }
  const engine = await openEngine({ kind: 'sqlite', file })
  onTestFinished(() => engine.close())
  const { rows } = await sql`pragma integrity_check`.execute(engine.db)
  expect(rows).toEqual([{ integrity_check: 'ok' }])
  const usage = await engine.db.selectFrom('mailboxes').select(['name', 'messages']).orderBy('name').execute()
  expect(usage).toEqual([
    { name: 'kept@fourwire.test', messages: found.size },
    { name: 'source@fourwire.test', messages: ids.size - found.size },
  ])
  process.stdout.write(
    `killed ${ROUNDS} times: ${sent.acknowledged.size} acknowledged messages are there, and ${found.size - sent.acknowledged.size} that were not; ${ids.size - found.size} of smtp-source\n`,
  )
})
