/** A client's `--trace` shows what its request caused in the database of the suite, which is another process. */
import { expect, test } from 'vitest'
import { decodeEvent } from '../../../shared/trace/sinks/json.ts'
import { emptyFolder, launchStart, runFourwire, startFourwire } from '../../helpers/cli.ts'
import { describeOnEveryDatabase } from '../store/engines.ts'

const GET_MAIL = ['http', 'http://www.fourwire.test/mail', '--trace']

describeOnEveryDatabase(
  database => {
    const isPostgres = database.kind === 'postgres'

    test('shows client, application and database', async context => {
      const location = await database.locate(context)
      const cwd = await emptyFolder()
      const store = location.kind === 'postgres' ? ['--store', location.url] : []
      await startFourwire(['dns', 'http', '--free-ports', '--quiet', ...store], { cwd })
      // The first request connects to the database.
      await runFourwire(GET_MAIL, { cwd })
      const { code, stderr } = await runFourwire(GET_MAIL, { cwd })
      expect(code).toBe(0)
      const lines = stderr.split('\n').map(line =>
        line
          .replace(/\d+\.\d+ ms/, 'TIME')
          .replace(/:\d+/g, ':N')
          .trimEnd(),
      )
      const http = lines.findIndex(line => line.startsWith('http '))
      // A DNS exchange has no database.
      expect(lines.slice(0, http).join('\n')).not.toContain('database')
      expect(lines.slice(http).map(line => line.replace(/ +/g, ' '))).toEqual([
        expect.stringMatching(/^http 127\.0\.0\.1:N > 127\.0\.0\.1:N$/),
        ...(isPostgres ? [] : [' sqlite runs in the process of the application: no socket']),
        ` client application database ${isPostgres ? '127.0.0.1:N' : '(sqlite)'}`,
        ' 1 client sends +TIME > GET /mail HTTP/1.1',
        ' 2 server receives +TIME',
        ' 3 server works TIME',
        isPostgres
          ? ' to database +TIME > select messages.* from messages where 1 = 1 order by messages.seq desc limit $1 (1 parameter masked)'
          : ' to database +TIME > select messages.* from messages where 1 = 1 order by messages.seq desc limit ?',
        expect.stringMatching(
          isPostgres
            ? /^ from database \+TIME < SELECT 0 \(0 rows of \d+ columns\)$/
            : /^ from database \+TIME < 0 rows$/,
        ),
        ' 4 server sends +TIME',
        expect.stringMatching(/^ 5 client has it \+TIME < HTTP\/1\.1 200 OK /),
        expect.stringMatching(/^ < 3 bytes of application\/json/),
        '',
      ])
    })

    test('with --json, the events of statements name the conversation that caused them', async context => {
      const location = await database.locate(context)
      const cwd = await emptyFolder()
      const store = location.kind === 'postgres' ? ['--store', location.url] : []
      await startFourwire(['dns', 'http', '--free-ports', '--quiet', ...store], { cwd })
      const { stderr } = await runFourwire([...GET_MAIL, '--json'], { cwd })
      const events = stderr.trimEnd().split('\n').map(decodeEvent)
      const http = events.find(({ protocol }) => protocol === 'http')?.conversation
      const statements = events.filter(({ protocol }) => protocol === 'sql')
      expect(statements.map(({ summary }) => summary).join('\n')).toContain('select messages.* from messages')
      for (const { cause, side } of statements) expect({ cause, side }).toEqual({ cause: http, side: 'client' })
    })
  },
  ['file', 'postgres'],
)

test('a client’s trace shows the mail that the application submits for it, with the statements of both servers', async () => {
  const cwd = await emptyFolder()
  await startFourwire(['dns', 'http', 'smtp', '--free-ports', '--quiet'], { cwd })
  const post = (path: string, data: string, ...more: string[]) => {
    const target = `http://www.fourwire.test/api/${path}`
    return runFourwire(['http', 'POST', target, '--form', '-d', data, '--session', 'session.json', ...more], { cwd })
  }
  await post('sign-in', 'user=alice&password=wonderland')
  const { code, stderr } = await post('mail', 'to=bob@fourwire.test&text=x', '--trace')
  expect(code).toBe(0)
  const [http = -1, smtp = -1] = ['http', 'smtp'].map(name => stderr.search(new RegExp(`^${name} 127`, 'm')))
  expect(http).toBeGreaterThan(-1)
  expect(smtp).toBeGreaterThan(http)
  expect(stderr.slice(http, smtp)).toMatch(/> POST \/api\/mail.*to database .*insert into "submission_tokens"/s)
  const mail = stderr.slice(smtp)
  const [, client] = /^http (\S+) > /m.exec(stderr) ?? []
  const [heading, note, titles] = mail.split('\n')
  expect(heading).toMatch(/^smtp \S+ > \S+ \(caused by http \S+\)$/)
  expect(heading).toContain(`(caused by http ${client})`)
  expect(note).toBe('  sqlite runs in the process of the server: no socket')
  expect(titles?.trim().split(/ {2,}/)).toEqual(['client', 'server', 'database (sqlite)'])
  for (const command of [
    'EHLO',
    'AUTH PLAIN',
    'MAIL FROM:<alice@fourwire.test>',
    'RCPT TO:<bob@fourwire.test>',
    'QUIT',
  ]) {
    expect(mail).toContain(`> ${command}`)
  }
  expect(mail).toMatch(/AUTH PLAIN.*delete from "submission_tokens".*DATA.*insert into "messages"/s)
  expect(mail).not.toContain('not seen')
})

test('start prints the mail that the application submits once', async () => {
  const cwd = await emptyFolder()
  const started = launchStart(['dns', 'http', 'smtp', '--free-ports'], { cwd })
  let line = await started.line()
  while (!/^Stop:|^Try:/.test(line)) line = await started.line()
  const post = (path: string, data: string) => {
    const target = `http://www.fourwire.test/api/${path}`
    return runFourwire(['http', 'POST', target, '--form', '-d', data, '--session', 'session.json'], { cwd })
  }
  await post('sign-in', 'user=alice&password=wonderland')
  await post('mail', 'to=bob@fourwire.test&text=x')
  const lines: string[] = []
  while (!lines.at(-1)?.includes('HTTP/1.1 201 Created')) lines.push(await started.line())
  expect(lines.filter(line => line.includes('> ') && line.includes('RCPT TO:<bob@fourwire.test>'))).toHaveLength(1)
})

test('start prints statements among the events of its protocols', async () => {
  const cwd = await emptyFolder()
  const started = launchStart(['dns', 'http', '--free-ports'], { cwd })
  let line = await started.line()
  while (!/^Stop:|^Try:/.test(line)) line = await started.line()
  await runFourwire(GET_MAIL.slice(0, 2), { cwd })
  const lines: string[] = []
  while (!lines.at(-1)?.includes('HTTP/1.1 200 OK')) lines.push(await started.line())
  const statements = lines.filter(line => line.includes('  sql   ')).map(line => line.slice(14).replace(/\d+/, 'PID'))
  expect(statements).toEqual([
    expect.stringMatching(
      /^sql {3}\* application\[PID\] +SQLite runs in the process of the application: no socket is involved$/,
    ),
    expect.stringMatching(/^sql {3}> application\[PID\] +select messages\.\* from messages .* limit \?$/),
    expect.stringMatching(/^sql {3}< application\[PID\] +0 rows$/),
  ])
})
