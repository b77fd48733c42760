/** A PostgreSQL server that is gone, hangs, or loses the answer to a COMMIT. */
import { sql } from 'kysely'
import { expect, onTestFinished, type TestContext, test } from 'vitest'
import { createLog } from '../../../../shared/log.ts'
import type { Engine } from '../../../../shared/store/engine.ts'
import { openPostgres, type PostgresOptions } from '../../../../shared/store/postgres/open-postgres.ts'
import { isTemporary } from '../../../../shared/store/store-error.ts'
import { Trace } from '../../../../shared/trace/trace.ts'
import { Relay } from '../../../helpers/relay.ts'
import { openStore } from '../../../helpers/store.ts'
import { locateOnPostgres } from '../engines.ts'

/** Creates a database, and a relay in front of its server. */
async function relayedDatabase(context: TestContext) {
  const { url: direct } = await locateOnPostgres(context)
  const url = new URL(direct)
  const relay = await Relay.start(Number(url.port))
  url.port = String(relay.port)
  return { relay, url: url.href, direct }
}

async function open(url: string, options: Partial<PostgresOptions> = {}): Promise<Engine> {
  const engine = await openPostgres(url, { trace: new Trace(), ...options })
  onTestFinished(() => engine.close())
  return engine
}

const one = ({ db }: Engine) => sql<{ one: number }>`select 1 as one`.execute(db).then(({ rows }) => rows[0]?.one)
const newMessage = (subject: string) => ({
  envelope: { from: 'ann@fourwire.test', to: ['bob@fourwire.test'] },
  raw: Buffer.from(`Subject: ${subject}\r\n\r\n`),
})
const UNAVAILABLE = { name: 'StoreError', code: 'unavailable' }

test('opening stops if the server accepts and does not answer', async context => {
  const { relay, url } = await relayedDatabase(context)
  relay.beSilent()
  await expect(open(url, { connectTimeout: 200 })).rejects.toMatchObject({
    ...UNAVAILABLE,
    message: 'it did not answer in time',
  })
})

test('while the server is gone, statements fail at once; when it is back, they work, and the log has both', async context => {
  const { relay, url } = await relayedDatabase(context)
  const logged: string[] = []
  const engine = await open(url, { log: await createLog('info', { write: line => logged.push(line) }) })
  expect(await one(engine)).toBe(1)

  await relay.refuse()
  await expect(one(engine)).rejects.toMatchObject(UNAVAILABLE)
  await expect(engine.write([])).rejects.toMatchObject(UNAVAILABLE)

  await relay.open()
  expect(await one(engine)).toBe(1)
  const messages = logged.map(line => (JSON.parse(line) as { msg: string }).msg)
  expect(messages).toEqual(['store: the database is not available', 'store: the database is available again'])
})

test('a server that stops answering fails what was running and closing does not wait for it', async context => {
  const { relay, url } = await relayedDatabase(context)
  const engine = await open(url, { connectTimeout: 1000, statementTimeout: 500 })
  expect(await one(engine)).toBe(1)

  relay.beSilent()
  // More than there are connections: some use one that is open, some open one, and some wait for one.
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => one(engine)))
  expect(results.filter(result => result.status === 'rejected' && isTemporary(result.reason))).toHaveLength(20)
  await expect(engine.db.transaction().execute(() => Promise.resolve())).rejects.toMatchObject(UNAVAILABLE)

  relay.answer()
  await expect.poll(() => one(engine).catch(() => undefined)).toBe(1)
  relay.beSilent()
  await engine.close()
})

test('after an attempt that was not answered, the next ones fail at once for a moment', async context => {
  const { relay, url } = await relayedDatabase(context)
  const engine = await open(url, { connectTimeout: 1000 })
  relay.beSilent()
  await expect(one(engine)).rejects.toMatchObject(UNAVAILABLE)
  const accepted = relay.accepted
  await Promise.all(Array.from({ length: 20 }, () => expect(one(engine)).rejects.toMatchObject(UNAVAILABLE)))
  expect(relay.accepted).toBe(accepted)
  relay.answer()
  await expect.poll(() => one(engine).catch(() => undefined)).toBe(1)
})

test('a statement that takes too long is canceled, and its connection stays usable', async context => {
  const { url } = await relayedDatabase(context)
  const engine = await open(url, { statementTimeout: 1000 })
  const session = () => sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(engine.db)
  const { rows: before } = await session()
  await expect(sql`select pg_sleep(60)`.execute(engine.db)).rejects.toMatchObject({
    code: 'busy',
    message: 'canceling statement due to statement timeout',
  })
  expect((await session()).rows).toEqual(before)
})

test('a message whose COMMIT was not answered counts as not stored, whether it was or not', async context => {
  const { relay, url, direct } = await relayedDatabase(context)
  const store = await openStore({ kind: 'postgres', url })
  relay.loseAnswerTo('commit')
  const results = await Promise.allSettled(['a', 'b', 'c'].map(subject => store.mail.add(newMessage(subject))))
  expect(results.map(result => result.status === 'rejected' && result.reason)).toMatchObject(
    results.map(() => UNAVAILABLE),
  )

  const { mail } = await openStore({ kind: 'postgres', url: direct })
  expect((await mail.list()).messages).toHaveLength(3)
  await store.mail.add(newMessage('d'))
  expect((await mail.list()).messages).toHaveLength(4)
})

test('followers wait for the database, and get what was stored meanwhile', async context => {
  const { relay, url, direct } = await relayedDatabase(context)
  const { mail } = await openStore({ kind: 'postgres', url })
  const other = await openStore({ kind: 'postgres', url: direct })
  await relay.refuse()
  const stopped = new AbortController()
  const following = mail.follow({ after: mail.now(), signal: stopped.signal, heartbeat: 1 })
  // A heartbeat follows a query, which has failed.
  expect((await following.next()).value).toEqual([])
  await other.mail.add(newMessage('meanwhile'))
  await relay.open()
  for await (const messages of following) {
    if (messages.length === 0) continue
    expect(messages).toMatchObject([{ subject: 'meanwhile' }])
    break
  }
})
