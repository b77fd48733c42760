/** The third tier in the trace: the statements that a request causes, on SQLite and on a real PostgreSQL server. */
import { connect } from 'node:http2'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { put } from '../../../clients/ftp/index.ts'
import { request } from '../../../clients/http/index.ts'
import { send } from '../../../clients/smtp/index.ts'
import type { Suite, SuiteOptions } from '../../../shared/launcher/index.ts'
import type { StoreLocation } from '../../../shared/store/store.ts'
import { encodeEvent } from '../../../shared/trace/sinks/json.ts'
import { type EventRecorder, recordEvents, suiteFor } from '../../helpers/suite.ts'
import { describeOnEveryDatabase } from '../store/engines.ts'

const MESSAGE = { from: 'ann@fourwire.test', to: 'bob@fourwire.test', subject: 'secret words', text: 'secret words' }

function storeOf(location: StoreLocation): SuiteOptions {
  if (location.kind === 'memory') return {}
  return location.kind === 'postgres' ? { store: location.url } : { data: location.file.replace('/fourwire.db', '') }
}

/** The events that the conversations of a protocol caused, as lines: `> select ...`. */
function causedBy({ events }: EventRecorder, protocol: string): string[] {
  return events
    .filter(({ cause }) => cause?.startsWith(`${protocol}:`))
    .map(event => `${'direction' in event && event.direction === 'request' ? '>' : '<'} ${event.summary}`)
}

/** All that the events of statements contain, their bytes as text. */
function contentOf({ events }: EventRecorder): string {
  const statements = events.filter(({ protocol }) => protocol === 'sql')
  const bytes = statements.map(event => ('bytes' in event ? Buffer.from(event.bytes).toString('latin1') : ''))
  return [...statements.map(encodeEvent), ...bytes].join('\n')
}

const serverOf = ({ smtp }: Suite) => `${smtp.host}:${smtp.port}`

describeOnEveryDatabase(database => {
  const isPostgres = database.kind === 'postgres'

  test('a request causes statements, with their result and without their values', async context => {
    const suite = await suiteFor(storeOf(await database.locate(context)))
    await send({ server: serverOf(suite), ...MESSAGE })
    const recorder = recordEvents(suite.trace)
    await (await request({ url: `${suite.http.url}mail?mailbox=bob@fourwire.test` })).text()
    const lines = causedBy(recorder, 'http').filter(line => !/StartupMessage|AuthenticationOk/.test(line))
    expect(lines).toEqual(
      isPostgres
        ? [
            expect.stringMatching(/^> select messages\.\* from messages where id in .*\$1.* \(\d parameters masked\)$/),
            '< SELECT 1 (1 row of 12 columns)',
            expect.stringMatching(
              /^> select \* from "deliveries" where "message_id" in \(\$1\) .*\(1 parameter masked\)$/,
            ),
            '< SELECT 1 (1 row of 5 columns)',
          ]
        : [
            expect.stringMatching(/^> select messages\.\* from messages where id in .*mailbox = \? .*$/),
            '< 1 row',
            '> select * from "deliveries" where "message_id" in (?) order by "message_id", "position"',
            '< 1 row',
          ],
    )
    expect(contentOf(recorder)).toContain('select')
    expect(contentOf(recorder)).not.toMatch(/secret|bob@/)
  })

  test('a message causes statements of its SMTP session, and its upload those of the FTP session', async context => {
    const suite = await suiteFor(storeOf(await database.locate(context)))
    await suite.accounts.add({ name: 'ann', password: 'hush' })
    const recorder = recordEvents(suite.trace)
    await send({ server: serverOf(suite), ...MESSAGE })
    const stored = causedBy(recorder, 'smtp').join('\n')
    expect(stored).toMatch(
      isPostgres
        ? /> insert into "messages" [\s\S]*< COMMIT$/
        : /> begin; insert into "messages"; [\s\S]*commit\n< committed$/,
    )
    await put({ url: `ftp://ann:hush@${suite.ftp.host}:${suite.ftp.port}/x.txt`, from: Buffer.from('x') })
    expect(causedBy(recorder, 'ftp').join('\n')).toMatch(/> select \* from "accounts" where "name" = /)
    expect(contentOf(recorder)).not.toContain('hush')
  })

  test('concurrent requests have the statements that they caused, and each statement its result', async context => {
    const suite = await suiteFor(storeOf(await database.locate(context)))
    const recorder = recordEvents(suite.trace)
    const paths = Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? 'mail' : 'mail/x'))
    await Promise.all(paths.map(async path => (await request({ url: `${suite.http.url}${path}` })).text()))
    const targets = new Map(
      recorder.events.flatMap(event =>
        event.protocol === 'http' && event.summary.startsWith('GET') ? [[event.conversation, event.summary]] : [],
      ),
    )
    const statements = recorder.events.filter(
      event => event.kind === 'message' && event.protocol === 'sql' && /^select.*from "?messages/.test(event.summary),
    )
    expect(statements).toHaveLength(paths.length)
    for (const { cause = '', summary } of statements) {
      expect(targets.get(cause)).toBe(summary.includes('"id" =') ? 'GET /mail/x HTTP/1.1' : 'GET /mail HTTP/1.1')
    }
    const exchanges = new Map<string, string[]>()
    for (const event of recorder.events.filter(({ protocol }) => protocol === 'sql')) {
      if (event.kind !== 'message') continue
      const key = `${event.conversation} ${event.exchange}`
      exchanges.set(key, [...(exchanges.get(key) ?? []), event.direction])
    }
    for (const directions of exchanges.values()) expect(directions).toEqual(['request', 'response'])
  })

  test('messages that are committed together are one exchange on SQLite, and each statement one on PostgreSQL', async context => {
    const recorder = recordEvents()
    const { mail } = await database.open(context, { trace: recorder.trace })
    const messages = ['a', 'b', 'c'].map(subject => ({
      envelope: { from: 'ann@x.test', to: ['bob@x.test'] },
      raw: Buffer.from(`Subject: ${subject}\r\n\r\n`),
    }))
    const add = (message: (typeof messages)[number]) =>
      recorder.trace.runWithCause({ id: String(message.raw) }, () => mail.add(message))
    await Promise.all(messages.map(add))
    const texts = recorder.events.flatMap(event => (event.kind === 'message' ? [event.summary] : []))
    const inserts = texts.filter(text => text.includes('insert into "messages"'))
    if (isPostgres) {
      expect(inserts).toHaveLength(3)
      expect(texts.filter(text => text.startsWith('INSERT'))).toHaveLength(3 * 3 + 1)
    } else {
      const tables = ['messages" x 3', 'contents" x 3', 'deliveries" x 3', 'mailboxes"']
      const request = ['begin', ...tables.map(table => `insert into "${table}`), 'commit'].join('; ')
      expect(texts).toEqual([request, 'committed'])
    }
    // A commit names the cause of its first message.
    expect(new Set(recorder.events.flatMap(({ cause }) => cause ?? []))).toEqual(new Set([String(messages[0]?.raw)]))
  })

  test('a transaction of one statement for one row shows its placeholders', async context => {
    const recorder = recordEvents()
    const { accounts, notices } = await database.open(context, { trace: recorder.trace })
    const ann = await accounts.add({ name: 'ann', password: 'hush' })
    await notices.add(ann, 'secret words')
    const texts = recorder.events.flatMap(event => (event.kind === 'message' ? [event.summary] : []))
    const insert = texts.find(text => text.includes('insert into "notices"'))
    expect(insert).toMatch(
      isPostgres
        ? /^insert into "notices" \(.*\) values \(\$1/
        : /^begin; insert into "notices" \("\w+".*\) values \(\?.*\); commit$/,
    )
    expect(contentOf(recorder)).not.toMatch(/secret|hush/)
  })

  test('requests over HTTP/2 cause statements', async context => {
    const suite = await suiteFor({ ...storeOf(await database.locate(context)), services: ['http'] })
    const recorder = recordEvents(suite.trace)
    const session = connect(suite.http.url)
    // The server starts the second request in the work of the first one, which causes no statements.
    await Promise.all(['/healthz', '/mail'].map(path => text(session.request({ ':path': path }))))
    session.close()
    expect(causedBy(recorder, 'http').join('\n')).toContain('> select messages.* from messages')
  })

  test('what no client causes is not in the trace: polls, the index, and the opening of the store', async context => {
    const recorder = recordEvents()
    const suite = await suiteFor({ ...storeOf(await database.locate(context)), trace: recorder.trace })
    const events = await request({ url: `${suite.http.url}mail/events` })
    await send({ server: serverOf(suite), ...MESSAGE })
    for await (const chunk of events) if (Buffer.from(chunk).includes('secret words')) break
    // The search waits for the index.
    expect(await suite.mail.list('secret')).toHaveLength(1)
    const statements = recorder.events.filter(({ protocol }) => protocol === 'sql').map(({ summary }) => summary)
    expect(
      statements.filter(summary => /create table|"seq" > |indexed = |insert into search|from store/.test(summary)),
    ).toEqual([])
  })
})
