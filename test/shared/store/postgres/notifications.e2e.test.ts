/** Messages that another process stores arrive by notification: the poll of these stores would come after the end of the test. */
import { expect, onTestFinished, type TestContext, test } from 'vitest'
import { silentLog } from '../../../../shared/log.ts'
import type { MailStore } from '../../../../shared/store/mail/mail-store.ts'
import { openStore } from '../../../../shared/store/open-store.ts'
import { query } from '../../../helpers/postgres.ts'
import { Relay } from '../../../helpers/relay.ts'
import { locateOnPostgres } from '../engines.ts'

const NEVER_MS = 3_600_000
const TERMINATE_LISTENERS = `
  select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen %'`

async function openMail(url: string): Promise<MailStore> {
  const store = await openStore({ kind: 'postgres', url }, { log: silentLog, pollInterval: NEVER_MS })
  onTestFinished(() => store.close())
  return store.mail
}

const message = (subject: string) => ({
  envelope: { from: 'ann@fourwire.test', to: ['bob@fourwire.test'] },
  raw: Buffer.from(`Subject: ${subject}\r\n\r\n`),
})

/** Follows the mail from now on; `next` resolves with the subject of the next message. */
function follow(mail: MailStore) {
  const stopped = new AbortController()
  onTestFinished(() => stopped.abort())
  const groups = mail.follow({ after: mail.now(), signal: stopped.signal })
  const subjects: string[] = []
  return async () => {
    while (subjects.length === 0) {
      const { value = [] } = await groups.next()
      subjects.push(...value.map(({ subject }: { subject: string }) => subject))
    }
    return subjects.shift()
  }
}

async function setUp(context: TestContext) {
  const { url: direct } = await locateOnPostgres(context)
  const url = new URL(direct)
  const relay = await Relay.start(Number(url.port))
  url.port = String(relay.port)
  return { direct, relay, next: follow(await openMail(url.href)), other: await openMail(direct) }
}

test('a follower gets the messages of another process, in their order', async context => {
  const { next, other } = await setUp(context)
  for (const subject of ['a', 'b', 'c']) {
    const arrived = next()
    await other.add(message(subject))
    expect(await arrived).toBe(subject)
  }
})

test('also after the connection was terminated', async context => {
  const { next, other, direct } = await setUp(context)
  for (const subject of ['a', 'b', 'c']) {
    const arrived = next()
    await other.add(message(subject))
    expect(await arrived).toBe(subject)
    await query(direct, TERMINATE_LISTENERS)
  }
})

test('also what was stored while the connection was away', async context => {
  const { next, other, relay } = await setUp(context)
  const [first, second] = [next(), other.add(message('a'))]
  await second
  expect(await first).toBe('a')
  const arrived = next()
  await relay.refuse()
  await other.add(message('meanwhile'))
  await relay.open()
  expect(await arrived).toBe('meanwhile')
})

test('several followers share one connection, which closes with the store', async context => {
  const { url } = await locateOnPostgres(context)
  const store = await openStore({ kind: 'postgres', url }, { log: silentLog, pollInterval: NEVER_MS })
  const followers = [follow(store.mail), follow(store.mail)]
  const arrived = followers.map(next => next())
  const other = await openMail(url)
  await other.add(message('a'))
  expect(await Promise.all(arrived)).toEqual(['a', 'a'])
  const count = `do $$ begin assert (
    select count(*) from pg_stat_activity where datname = current_database() and query like 'listen %') = 1; end $$`
  await query(url, count)
  await store.close()
  await expect(query(url, count)).rejects.toThrow('assertion failed')
})
