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
        ` client application database ${isPostgres ? '127.0.0.1:N' : 'sqlite: in process, no socket'}`,
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
