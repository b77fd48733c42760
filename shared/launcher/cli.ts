/** The command line: all commands in one program; every failure becomes one message and an exit code. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Command, CommanderError } from 'commander'
import { clients } from '../../clients/index.ts'
import { servers } from '../../servers/index.ts'
import { errorCode, FourwireError, UsageError } from '../errors.ts'
import { fileProblem } from '../files/file-problem.ts'
import type { ClientDefinition, ServerDefinition } from '../service.ts'
import { clientCommand, summaryCommand } from './commands/client.ts'
import { startCommand } from './commands/start.ts'
import { tourCommand } from './commands/tour.ts'
import { userCommand } from './commands/user.ts'
import { EXIT, InterruptedError, type Io, OutputClosedError } from './io.ts'
import { configJsonSchema } from './settings/settings.ts'
import { describeUsageError, isUsageError } from './usage-error.ts'
import { VERSION } from './version.ts'

const HELP = `
Exit codes:
  0  success
  1  the server refused the request, or failed; its code and text are printed
  2  invalid arguments or settings
  3  no server answers there

Example:
  fourwire start
  fourwire http http://www.fourwire.test/ --trace`

/** All commands but `help`, which describes any of them. */
const COMMANDS: ReadonlySet<string> = new Set([...Object.keys(clients), 'start', 'user', 'tour', 'schema'])

/** Runs a command line; resolves with the exit code. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.done
  // The handler stays for the life of the process: the last write can fail after the command has ended.
  io.stdout.on('error', error => {
    if (errorCode(error) !== 'EPIPE') io.stderr.write(`fourwire: cannot write to standard output: ${error.message}\n`)
  })
  const finish = (finished: number) => {
    code = finished
  }
  const program = buildProgram(io, finish, argv[0])
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    return reportError(error, io)
  }
}

/**
 * Builds the program with all commands; `finish` receives the exit code of the command that ran.
 *
 * @param first the first argument of the command line: if it is a command, the other clients have only their summary, because
 *   to derive the flags of all clients takes longer than most commands run
 */
export function buildProgram(io: Io, finish: (code: number) => void, first?: string): Command {
  const program = new Command('fourwire')
    .description('A small internet that fits in one hand: HTTP, FTP, SMTP, DNS and hello servers, and their clients.')
    .version(VERSION)
    .enablePositionalOptions()
    .addHelpText('after', HELP)
  program.addCommand(startCommand(io, finish))
  for (const definition of Object.values(clients)) {
    const isNeeded = first === definition.name || !COMMANDS.has(first ?? '')
    program.addCommand(
      isNeeded ? clientCommand(withServerCommands(definition), io, finish) : summaryCommand(definition),
    )
  }
  program.addCommand(userCommand(io, finish))
  program.addCommand(tourCommand(io, finish))
  program.addCommand(schemaCommand(io))
  configure(program, io)
  return program
}

/** Adds the commands of the server of the same name, which do not need a running server. */
function withServerCommands(client: ClientDefinition): ClientDefinition {
  const server: ServerDefinition | undefined = Object.values<ServerDefinition>(servers).find(
    ({ name }) => name === client.name,
  )
  return { ...client, commands: [...client.commands, ...(server?.commands ?? [])] }
}

function schemaCommand(io: Io): Command {
  return new Command('schema')
    .summary('print the JSON schema of fourwire.json')
    .description('Prints the JSON schema of the config file, for editors.')
    .option('-o, --output <FILE>', 'write it to a file (default: standard output)')
    .addHelpText('after', '\nExample:\n  fourwire schema --output fourwire.schema.json')
    .action(async ({ output }: { output?: string }) => {
      const text = `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`
      if (output === undefined) io.stdout.write(text)
      else await writeSchema(path.resolve(io.cwd, output), text)
    })
}

async function writeSchema(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (cause) {
    throw new UsageError(`cannot write ${file}: ${fileProblem(cause)}`, { cause })
  }
}

/** Makes commander throw instead of ending the process, and write to the given streams. */
function configure(command: Command, io: Io): void {
  command
    .exitOverride(error => {
      throw isUsageError(error) ? new UsageError(describeUsageError(error, command), { cause: error }) : error
    })
    .configureOutput({
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
      outputError: () => undefined,
    })
    .showSuggestionAfterError(false)
  for (const inner of command.commands) configure(inner, io)
}

/** Escapes control characters: text of a peer in a message could move the terminal's cursor. */
function escapeControlCharacters(text: string): string {
  return text.replace(/\p{Cc}/gu, character =>
    character === '\n' ? character : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/** Prints an error on standard error; returns its exit code. */
function reportError(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  if (error instanceof FourwireError) {
    io.stderr.write(`fourwire: ${escapeControlCharacters(error.message)}\n`)
    return error.exitCode
  }
  if (error instanceof InterruptedError) return EXIT.interrupted
  if (error instanceof OutputClosedError) return EXIT.done
  io.stderr.write(`fourwire: unexpected error: ${error instanceof Error ? error.stack : String(error)}\n`)
  return EXIT.refused
}
