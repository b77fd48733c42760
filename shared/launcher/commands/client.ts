/** The clients' commands on the command line (`fourwire dns`, `fourwire ftp ls`), derived from their definitions. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Argument, Command, Option } from 'commander'
import * as z from 'zod'
import { UnreachableError, UsageError } from '../../errors.ts'
import { formatAddress } from '../../net/address.ts'
import { DEFAULT_TIMEOUT_MS } from '../../net/connect.ts'
import type { ClientCommand, ClientContext, ClientDefinition } from '../../service.ts'
import { supportsColor } from '../../trace/sinks/terminal.ts'
import { Trace } from '../../trace/trace.ts'
import {
  DEFAULT_CONFIG_FILE,
  DEFAULT_DATA_FOLDER,
  EXIT,
  InterruptedError,
  type Io,
  OutputClosedError,
  onOutputClosed,
  onStopSignal,
} from '../io.ts'
import { createLocate } from '../locate.ts'
import { defaultNote, type Field, fieldsOf, kebabCase, parseText, toOption } from '../settings/flags.ts'
import { readRecords, type SuiteRecord } from '../suite/suite-records.ts'

interface CommonFlags {
  readonly json?: boolean
  readonly trace?: boolean
  readonly timeout?: string
  readonly data?: string
}

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
  target
    .option('--json', 'print the result as one JSON document')
    .addHelpText('after', `\nExample:\n  ${command.example}`)
  if (command.local) return
  target
    .option('--trace', 'print the five steps of each exchange on standard error')
    .option('--timeout <SECONDS>', `how long to wait for the server (default: ${DEFAULT_TIMEOUT_MS / 1000})`)
    .option('--data <DIR>', `data folder of the running suite (default: ${DEFAULT_DATA_FOLDER})`)
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
  const dataFolder = await findDataFolder(flags.data, io)
  const suites = await findSuites(dataFolder, flags.json === true, io)
  const trace = new Trace()
  const collector = flags.trace ? await followSuites(trace, suites) : undefined
  const stopped = new AbortController()
  const offs = [
    onStopSignal(() => stopped.abort(new InterruptedError('interrupted'))),
    onOutputClosed(io, () => stopped.abort(new OutputClosedError('standard output is closed'))),
  ]
  try {
    await command.run(typed, createContext(flags, trace, { dataFolder, suites }, stopped.signal, io))
  } catch (error) {
    // A stop makes the command fail in any way.
    stopped.signal.throwIfAborted()
    if (error instanceof z.ZodError) throw await inputError(error, command, typed)
    throw error instanceof UnreachableError ? withRunningService(error, suites) : error
  } finally {
    for (const off of offs) off()
    const width = io.stderr.isTTY ? io.stderr.columns : undefined
    if (collector) io.stderr.write(await collector.finish(flags.json === true, width))
  }
}

async function followSuites(trace: Trace, suites: readonly SuiteRecord[]) {
  const { TraceCollector } = await import('./trace-collector.ts')
  return TraceCollector.follow(trace, suites)
}

/** Returns the data folder. Its settings have to be loaded only if there are any, which takes as long as a short command. */
async function findDataFolder(typed: string | undefined, io: Io): Promise<string> {
  const hasVariable = Object.keys(io.env).some(name => name.startsWith('FOURWIRE_'))
  if (!hasVariable && !existsSync(path.resolve(io.cwd, DEFAULT_CONFIG_FILE))) {
    return path.resolve(io.cwd, typed ?? DEFAULT_DATA_FOLDER)
  }
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

/** Replaces the advice to start a service with the URL where it already runs. */
function withRunningService(error: UnreachableError, suites: readonly SuiteRecord[]): UnreachableError {
  const { address, reason, service = '', cause } = error
  const [name, flag] = service.split(' ')
  const endpoint = suites
    .flatMap(({ endpoints }) => endpoints)
    .find(({ service, transport }) => service === name && (transport === 'tls') === (flag === '--tls'))
  if (!endpoint || address === formatAddress(endpoint)) return error
  return new UnreachableError(address, reason, { hint: `${name} is running at ${endpoint.url}`, cause })
}

async function findSuites(dataFolder: string, json: boolean, io: Io): Promise<readonly SuiteRecord[]> {
  const { alive, stale } = await readRecords(dataFolder)
  // With --json, standard error holds only the JSON lines of the trace.
  for (const file of json ? [] : stale)
    io.stderr.write(`fourwire: removed ${file}, the record of a suite that crashed\n`)
  return alive
}

function createContext(
  flags: CommonFlags,
  trace: Trace,
  { dataFolder, suites }: { dataFolder: string; suites: readonly SuiteRecord[] },
  signal: AbortSignal,
  io: Io,
): ClientContext {
  const timeout = parseTimeout(flags.timeout)
  const { stdin, stdout, stderr } = io
  const json = flags.json === true
  const endpoints = suites.flatMap(({ endpoints }) => endpoints)
  return {
    trace,
    signal,
    timeout,
    json,
    color: supportsColor(stdout, io.env),
    stdin,
    stdout,
    stderr,
    authority: () => readAuthority(dataFolder),
    locate: createLocate(endpoints, trace, timeout),
    locateMail: async (domain, signal) => {
      const { createLocateMail } = await import('../locate-mail.ts')
      return createLocateMail(endpoints, trace, timeout)(domain, signal)
    },
    show: (value, text) => {
      const shown = json ? JSON.stringify(value, undefined, 2) : text
      stdout.write(shown === '' || shown.endsWith('\n') ? shown : `${shown}\n`)
    },
  }
}

/** Reads the authority that a suite with TLS keeps in its data folder. */
async function readAuthority(dataFolder: string): Promise<string | undefined> {
  try {
    return await readFile(path.join(dataFolder, 'tls', 'ca.pem'), 'utf8')
  } catch {
    return undefined
  }
}

/** Node's timers take at most 2^31-1 ms, which is 24 days. */
const MAX_TIMEOUT_SECONDS = 86_400

function parseTimeout(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TIMEOUT_MS
  const seconds = Number(text)
  if (text.trim() !== '' && seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS) return Math.ceil(seconds * 1000)
  throw new UsageError(
    `--timeout: must be seconds, more than 0 and at most ${MAX_TIMEOUT_SECONDS} (given: ${JSON.stringify(text)})`,
  )
}
