/** The clients' commands on the command line (`fourwire dns`, `fourwire ftp ls`), derived from their definitions. */
import path from 'node:path'
import { Argument, Command, Option } from 'commander'
import * as z from 'zod'
import { UsageError } from '../../errors.ts'
import { DEFAULT_TIMEOUT_MS } from '../../net/connect.ts'
import type { ClientCommand, ClientContext, ClientDefinition, UnsupportedFlag } from '../../service.ts'
import { DEFAULT_DATA_FOLDER, EXIT, hasSettings, type Io } from '../io.ts'
import { defaultNote, type Field, fieldsOf, kebabCase, parseText, toOption } from '../settings/flags.ts'
import { type CommonFlags, runClient } from './run-client.ts'

/** Builds the command of a client without its arguments and flags, for the list of commands. */
export function summaryCommand({ name, summary }: ClientDefinition): Command {
  return new Command(name).summary(summary).description(summary)
}

/** Builds the command of a client, with a subcommand for each of its named commands. */
export function clientCommand(definition: ClientDefinition, io: Io, finish: (code: number) => void): Command {
  const command = summaryCommand(definition)
  // Flags after a subcommand's name belong to the subcommand, even if the command has a flag of the same name.
  command.enablePositionalOptions()
  for (const clientCommand of definition.commands) {
    const target = clientCommand.name === '' ? command : command.command(clientCommand.name)
    addInput(target, clientCommand)
    target.action(async () => {
      await runCommand(clientCommand, readInput(target, clientCommand), target.opts<CommonFlags>(), io)
      finish(EXIT.done)
    })
  }
  const [first] = definition.commands
  if (first && first.name !== '') command.addHelpText('after', `\nExample:\n  ${first.example}`)
  return command
}

/** Adds the description, the arguments, the flags and the example of a command. */
function addInput(target: Command, command: ClientCommand): void {
  target.summary(command.summary).description(command.summary)
  for (const field of fieldsOf(command.input)) {
    if (command.positional.includes(field.key)) target.addArgument(toArgument(field))
    else if (field.flag !== false) {
      target.addOption(toOption(field))
      // `--edns` in addition to `--no-edns`: a script may state the default.
      if (field.default === true && !field.flag) target.addOption(new Option(`--${kebabCase(field.key)}`).hideHelp())
    }
  }
  if (command.usage !== undefined) target.usage(`[options] ${command.usage}`)
  target
    .option('--json', 'print the result as one JSON document')
    .addHelpText('after', `\nExample:\n  ${command.example}`)
  for (const flag of command.unsupportedFlags ?? []) addUnsupportedFlag(target, flag)
  if (command.local) return
  target
    .option('--trace', 'print the five steps of each exchange on standard error')
    .option('--timeout <SECONDS>', `how long to wait for the server (default: ${DEFAULT_TIMEOUT_MS / 1000})`)
    .option('--data <DIR>', `data folder of the running suite (default: ${DEFAULT_DATA_FOLDER})`)
}

/** Adds a flag that help does not list, and that always fails with its advice. */
function addUnsupportedFlag(target: Command, { flags, advice }: UnsupportedFlag): void {
  const option = new Option(flags).hideHelp()
  target.addOption(option).on(`option:${option.name()}`, () => {
    throw new UsageError(`${option.long}: ${advice}`)
  })
}

function toArgument(field: Field): Argument {
  const name = `${field.key}${field.kind === 'list' ? '...' : ''}`
  return new Argument(field.required ? `<${name}>` : `[${name}]`, `${field.description}${defaultNote(field)}`)
}

/** Returns the typed arguments and flags by the keys of the command's input; the schema adds the defaults. */
function readInput(target: Command, command: ClientCommand): Record<string, unknown> {
  const typed: Record<string, unknown> = {}
  for (const field of fieldsOf(command.input)) {
    const value = typedValue(target, command, field)
    if (value === undefined) continue
    typed[field.key] = typeof value === 'string' ? parseText(field, value) : value
  }
  return typed
}

function typedValue(target: Command, command: ClientCommand, field: Field): unknown {
  const position = command.positional.indexOf(field.key)
  if (position >= 0) return undefinedIfEmpty(target.processedArgs[position])
  const name = toOption(field).attributeName()
  return target.getOptionValueSource(name) === 'cli' ? target.getOptionValue(name) : undefined
}

function undefinedIfEmpty(value: unknown): unknown {
  return Array.isArray(value) && value.length === 0 ? undefined : value
}

async function runCommand(
  command: ClientCommand,
  typed: Readonly<Record<string, unknown>>,
  flags: CommonFlags,
  io: Io,
): Promise<void> {
  const run = async (context: ClientContext) => {
    try {
      await command.run(typed, context)
    } catch (error) {
      throw error instanceof z.ZodError ? await inputError(error, command, typed) : error
    }
  }
  await runClient(run, flags, await findDataFolder(flags.data, io), io)
}

/** Returns the data folder. Its settings are loaded only if there are any, which takes longer than a short command. */
async function findDataFolder(typed: string | undefined, io: Io): Promise<string> {
  if (!hasSettings(io)) return path.resolve(io.cwd, typed ?? DEFAULT_DATA_FOLDER)
  const { loadDataFolder } = await import('../settings/load-settings.ts')
  return loadDataFolder(typed, io)
}

/** The error for an invalid argument or flag, named as it is typed. */
async function inputError(
  error: z.ZodError,
  command: ClientCommand,
  typed: Readonly<Record<string, unknown>>,
): Promise<UsageError> {
  const { findProblem } = await import('../settings/options.ts')
  const { path, problem } = findProblem(error, typed)
  const field = fieldsOf(command.input).find(({ key }) => key === path[0])
  const name = field && (command.positional.includes(field.key) ? `<${field.key}>` : toOption(field).long)
  return new UsageError(`${name ?? path.join('.')}: ${problem}`, { cause: error })
}
