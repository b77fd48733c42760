/** The trace of connections to PostgreSQL within TLS, over Unix sockets, and after the trace became active. */
import path from 'node:path'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { certificateFor } from '../../../../shared/net/tls/authority.ts'
import type { Engine } from '../../../../shared/store/engine.ts'
import { openEngine } from '../../../../shared/store/open-store.ts'
import type { Trace } from '../../../../shared/trace/trace.ts'
import { emptyFolder } from '../../../helpers/cli.ts'
import { startPostgres } from '../../../helpers/postgres.ts'
import { recordEvents } from '../../../helpers/suite.ts'
import { requireTool } from '../../../interop/tools.ts'
import { locateOnPostgres } from '../engines.ts'

async function open(url: string, trace?: Trace): Promise<Engine> {
  const engine = await openEngine({ kind: 'postgres', url }, { trace })
  onTestFinished(() => engine.close())
  return engine
}

test('shows what is within TLS', async context => {
  requireTool('initdb', context)
  const folder = await emptyFolder()
  const { server } = await certificateFor(folder, ['127.0.0.1'], new Date())
  const base = await startPostgres(onTestFinished, { tls: server })
  const recorder = recordEvents()
  const { db } = await open(`${base}/postgres?sslmode=no-verify`, recorder.trace)
  await sql`select 1 as one`.execute(db)
  const lines = recorder.lines().map(line => line.replace(/PostgreSQL .*/, 'PostgreSQL'))
  expect(lines).toEqual([
    'sql open control',
    'sql message request 1 SSLRequest',
    'sql message response 1 encryption accepted',
    'sql state control',
    'sql message request 2 StartupMessage 3.0 user=fourwire database=postgres statement_timeout=5000 client_encoding=UTF8',
    'sql message response 2 AuthenticationOk; PostgreSQL',
    'sql message request 3 select **** as one',
    'sql message response 3 SELECT 1 (1 row of 1 column)',
  ])
  expect(new Set(recorder.events.map(({ conversation }) => conversation)).size).toBe(1)
})

test('connections over Unix sockets are conversations of their own', async context => {
  const { url } = await locateOnPostgres(context)
  const { db } = await open(url)
  const { rows } = await sql<{ folder: string }>`select current_setting('unix_socket_directories') as folder`.execute(
    db,
  )
  const { port, pathname } = new URL(url)
  const recorder = recordEvents()
  const host = encodeURIComponent(path.resolve(rows[0]?.folder ?? ''))
  const local = await open(`postgres://fourwire@localhost${pathname}?host=${host}&port=${port}`, recorder.trace)
  await Promise.all([1, 2].map(() => sql`select pg_sleep(0.1)`.execute(local.db)))
  const conversations = [...new Set(recorder.events.map(({ conversation }) => conversation))]
  expect(conversations.toSorted()).toEqual(
    [1, 2].map(number => `sql:application[${process.pid}]:${number}>unix-socket:0`),
  )
})

test('shows the next statement of a connection that was open before the trace was active', async context => {
  const { url } = await locateOnPostgres(context)
  const { db, background, trace } = await open(url)
  await sql`select 1`.execute(db)
  const recorder = recordEvents(trace)
  await sql`select 2`.execute(background)
  await trace.runWithCause({ id: 'http:a>b' }, () => sql`select 3`.execute(db))
  await sql`select 4`.execute(db)
  expect(recorder.events.map(({ cause, kind, summary }) => [cause, kind, summary])).toEqual([
    [undefined, 'open', expect.any(String)],
    ['http:a>b', 'message', 'select ****'],
    ['http:a>b', 'message', 'SELECT 1 (1 row of 1 column)'],
    [undefined, 'message', 'select ****'],
    [undefined, 'message', 'SELECT 1 (1 row of 1 column)'],
  ])
})
