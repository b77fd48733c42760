import { Argument, Command, CommanderError, Option } from 'commander'
import { expect, test } from 'vitest'
import { describeUsageError, isUsageError } from '../../../shared/launcher/usage-error.ts'

/** `app hello <name> [--level LEVEL] [--prefix TEXT] [--reuse-port] [--dns-port N] [--http-port N]` */
function createCommands(): { app: Command; hello: Command } {
  const app = new Command('app').exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} })
  const hello = app
    .command('hello')
    .exitOverride()
    .argument('<name>')
    .addArgument(new Argument('[n]').choices(['1']))
  hello.addOption(new Option('--level <LEVEL>').choices(['info', 'warn']))
  hello
    .option('--prefix <TEXT>')
    .option('--reuse-port')
    .addOption(new Option('--dns-port <N>').helpGroup('Options of dns:'))
    .addOption(new Option('--http-port <N>').helpGroup('Options of http:'))
    .action(() => {})
  hello.addOption(new Option('--secret').hideHelp()).addOption(new Option('-x'))
  return { app, hello }
}

function parse(...args: string[]): { error: CommanderError; hello: Command; app: Command } {
  const { app, hello } = createCommands()
  try {
    app.parse(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return { error, hello, app }
    throw error
  }
  throw new Error('the command line is valid')
}

test.each([
  [['hello', 'x', '--prefx', 'a'], 'unknown option --prefx. Did you mean `--prefix`? See app hello --help'],
  [
    ['hello', 'x', '--port', '1'],
    'unknown option --port. Did you mean one of --dns-port, --http-port? See app hello --help',
  ],
  [['hello'], 'missing argument <name>. See app hello --help'],
  [['hello', 'x', '--prefix'], 'missing value: --prefix <TEXT>. See app hello --help'],
  [
    ['hello', 'x', '--level', 'inf'],
    '--level: must be one of info, warn (given: "inf"). Did you mean `info`? See app hello --help',
  ],
  [
    ['hello', 'x', '2'],
    "command-argument value '2' is invalid for argument 'n'. Allowed choices are 1. See app hello --help",
  ],
  [['hello', 'x', '1', 'y'], "too many arguments for 'hello'. Expected 2 arguments but got 3. See app hello --help"],
])('describes %j', (args, message) => {
  const { error, hello } = parse(...args)
  expect(isUsageError(error)).toBe(true)
  expect(describeUsageError(error, hello)).toBe(message)
})

test('describes an unknown command', () => {
  const { error, app } = parse('helo', 'x')
  expect(describeUsageError(error, app)).toBe('unknown command helo. Did you mean `hello`? See app --help')
})

test('keeps other messages of commander', () => {
  const { app } = createCommands()
  const error = new CommanderError(1, 'commander.error', 'error: something else')
  expect(describeUsageError(error, app)).toBe('something else. See app --help')
})

test('--help is not a usage error', () => {
  expect(isUsageError(parse('hello', '--help').error)).toBe(false)
})
