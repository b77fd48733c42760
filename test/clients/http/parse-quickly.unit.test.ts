import { Command } from 'commander'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HttpCommand } from '../../../clients/http/command/http-command.ts'
import { requestFlags } from '../../../clients/http/flags.ts'
import { http } from '../../../clients/http/index.ts'
import { parseQuickly } from '../../../clients/http/quick/index.ts'
import { rewriteArguments } from '../../../clients/http/rewrite-arguments.ts'
import { clientCommand } from '../../../shared/launcher/commands/client.ts'
import type { Io } from '../../../shared/launcher/io.ts'
import { fieldsOf } from '../../../shared/launcher/settings/flags.ts'

/** Parses as the command line does. Returns undefined if it rejects the arguments, or does not run the command. */
async function parseFully(args: readonly string[]): Promise<{ input: HttpCommand; json: boolean } | undefined> {
  let parsed: { input: HttpCommand; json: boolean } | undefined
  const capture = {
    ...http,
    commands: http.commands.map(command => ({
      ...command,
      run: async (typed: Readonly<Record<string, unknown>>, context: { json: boolean }) => {
        parsed = { input: requestFlags.parse(typed), json: context.json }
      },
    })),
  }
  const output = { write: () => true, on: () => undefined, off: () => undefined }
  const io = { stdin: output, stdout: output, stderr: output, env: {}, cwd: '/nowhere' } as unknown as Io
  const program = new Command().enablePositionalOptions().addCommand(clientCommand(capture, io, () => {}))
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {}, outputError: () => {} })
  }
  await program.parseAsync(['http', ...rewriteArguments(args)], { from: 'user' }).catch(() => {})
  return parsed
}

const FLAGS = fieldsOf(requestFlags).flatMap(({ flag, key }) => (flag || `--${key}`).split(', '))
const word = fc.oneof(
  fc.constantFrom(...FLAGS, '--json', '--trace', '--timeout', '--data', '--form', '--nope', '-Lk', '-ofile', '--', '-'),
  fc.constantFrom(...FLAGS.filter(flag => flag.startsWith('--'))).map(flag => `${flag}=value`),
  fc.constantFrom('http://a/', 'PUT', '/x', 'a=1', '{"a":1}', '@file', '5', '', 'x y', '-1', 'A: b'),
)

describe('parseQuickly', () => {
  test('returns what the command line parses, or undefined', async () => {
    let parsed = 0
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 6 }), async args => {
        const quick = parseQuickly(args)
        if (!quick) return
        parsed += 1
        const { json = false, timeout } = quick.flags
        const full = await parseFully(args)
        // The command line checks --timeout before it runs the command, the quick start after that.
        if (timeout === undefined || Number(timeout) > 0) expect({ input: quick.input, json }).toEqual(full)
      }),
      { numRuns: 3000 },
    )
    expect(parsed).toBeGreaterThan(500)
  })

  test.each([
    [['URL']],
    [['PUT', 'URL', '-d', '{}', '-H', 'A: b', '-i']],
    [['URL', '--json', '{}', '-u', 'a:b', '-L', '--compressed', '--http2', '-k']],
    [['URL', '-o', 'x', '--continue', '--timings', '--session', 's.json', '--resolve', 'a:80:1.2.3.4']],
    [['URL', '--json', '--trace', '--data=x', '--timeout', '5']],
  ])('parses %j', async args => {
    expect(parseQuickly(args)?.input).toEqual((await parseFully(args))?.input)
  })

  test.each([[[]], [['--help']], [['URL', '-Lk']], [['URL', '-o']], [['URL', '--repeat', '5']], [['URL', '-o', '']]])(
    'leaves %j to the command line',
    args => expect(parseQuickly(args)).toBeUndefined(),
  )
})
