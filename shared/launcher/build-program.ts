/** Builds the command line with all commands. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Command } from 'commander'
import { clients } from '../../clients/index.ts'
import { servers } from '../../servers/index.ts'
import { UsageError } from '../errors.ts'
import { fileProblem } from '../files/file-problem.ts'
import type { ClientDefinition, ServerDefinition } from '../service.ts'
import { clientCommand, summaryCommand } from './commands/client.ts'
import { startCommand } from './commands/start.ts'
import { tourCommand } from './commands/tour.ts'
import { userCommand } from './commands/user.ts'
import { configure } from './configure.ts'
import type { Io } from './io.ts'
import { configJsonSchema } from './settings/settings.ts'
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
  for (const definition of Object.values<ClientDefinition>(clients)) {
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

/** Returns the client of this name. */
export function findClient(name: string | undefined): ClientDefinition | undefined {
  return Object.values<ClientDefinition>(clients).find(client => client.name === name)
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
