/** `fourwire hello|http|ftp|smtp|dns`: the clients' commands on the command line, each from its definition. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Argument, Command, Option } from 'commander'
import * as z from 'zod'
import { UsageError } from '../../errors.ts'
import { DEFAULT_TIMEOUT_MS } from '../../net/connect.ts'
import type { ClientCommand, ClientContext, ClientDefinition } from '../../service.ts'
import { Trace } from '../../trace/trace.ts'
import {
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
import { loadDataFolder } from '../settings/load-settings.ts'
import { describeIssues } from '../settings/options.ts'
import { readRecords, type SuiteRecord } from '../suite/suite-records.ts'
import { TraceCollector } from './trace-collector.ts'

interface CommonFlags {
  readonly json?: boolean
  readonly trace?: boolean
  readonly timeout?: string
  readonly data?: string
}

/** A client as a command; one with several things to do has a subcommand for each. */
export function clientCommand(definition: ClientDefinition, io: Io, finish: (code: number) => void): Command {
  const command = new Command(definition.name).summary(definition.summary).description(definition.summary)
  // What stands after a subcommand's name is that one's, where the command itself has flags of the same names.
  command.enablePositionalOptions()
  for (const one of definition.commands) {
    const target = one.name === '' ? command : command.command(one.name)
    describe(target, one)
    target.action(async () => {
      await runCommand(one, typedInto(target, one), target.opts<CommonFlags>(), io)
      finish(EXIT.done)
    })
  }
  const [first] = definition.commands
  if (first && first.name !== '') command.addHelpText('after', `\nExample:\n  ${first.example}`)
  return command
}

function describe(target: Command, command: ClientCommand): void {
  target.summary(command.summary).description(command.summary)
  for (const field of fieldsOf(command.input)) {
    if (command.positional.includes(field.key)) target.addArgument(toArgument(field))
    else if (field.flag !== false) {
      target.addOption(toOption(field))
      // `--edns` beside `--no-edns`: who writes a script may say what is so anyway.
      if (field.default === true && !field.flag) target.addOption(new Option(`--${kebabCase(field.key)}`).hideHelp())
    }
  }
  target
    .option('--json', 'print what a program wants: the result as one JSON document')
    .addHelpText('after', `\nExample:\n  ${command.example}`)
  if (command.local) return
  target
    .option('--trace', 'show the conversation in its five steps, on standard error')
    .option('--timeout <SECONDS>', `how long to wait for the other end (default: ${DEFAULT_TIMEOUT_MS / 1000})`)
    .option('--data <DIR>', `data folder of the running suite (default: ${DEFAULT_DATA_FOLDER})`)
}

function toArgument(field: Field): Argument {
  const name = `${field.key}${field.kind === 'list' ? '...' : ''}`
  return new Argument(field.required ? `<${name}>` : `[${name}]`, `${field.description}${defaultNote(field)}`)
}

/** What was typed, by the keys of the command's input; what was not typed is left out, for the schema's defaults. */
function typedInto(target: Command, command: ClientCommand): Record<string, unknown> {
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
  const dataFolder = await loadDataFolder(flags.data, io)
  const suites = await findSuites(dataFolder, flags.json === true, io)
  const trace = new Trace()
  const ends = flags.trace ? await TraceCollector.follow(trace, suites) : undefined
  const stopped = new AbortController()
  const offs = [
    onStopSignal(() => stopped.abort(new InterruptedError('interrupted'))),
    onOutputClosed(io, () => stopped.abort(new OutputClosedError('nobody reads the output'))),
  ]
  try {
    await command.run(typed, createContext(flags, trace, { dataFolder, suites }, stopped.signal, io))
  } catch (error) {
    // Whatever breaks off then does so because of it.
    stopped.signal.throwIfAborted()
    if (!(error instanceof z.ZodError)) throw error
    throw new UsageError(describeIssues(error, typed), { cause: error })
  } finally {
    for (const off of offs) off()
    if (ends) io.stderr.write(await ends.finish(flags.json === true))
  }
}

async function findSuites(dataFolder: string, json: boolean, io: Io): Promise<readonly SuiteRecord[]> {
  const { alive, stale } = await readRecords(dataFolder)
  // With --json, standard error holds the trace's JSON lines, so notes are left out there.
  for (const file of json ? [] : stale) io.stderr.write(`note: removed ${file}, the record of a suite that is gone\n`)
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
  return {
    trace,
    signal,
    timeout,
    json,
    stdin,
    stdout,
    stderr,
    authority: () => readAuthority(dataFolder),
    locate: createLocate(
      suites.flatMap(({ endpoints }) => endpoints),
      trace,
      timeout,
    ),
    show: (value, text) => {
      const shown = json ? JSON.stringify(value, undefined, 2) : text
      stdout.write(shown === '' || shown.endsWith('\n') ? shown : `${shown}\n`)
    },
  }
}

/** What `shared/tls` keeps there when a suite has started with TLS. */
async function readAuthority(dataFolder: string): Promise<string | undefined> {
  try {
    return await readFile(path.join(dataFolder, 'tls', 'ca.pem'), 'utf8')
  } catch {
    return undefined
  }
}

/** The longest timer that Node keeps is 2^31-1 ms; a day is more than anybody waits. */
const MAX_TIMEOUT_SECONDS = 86_400

function parseTimeout(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TIMEOUT_MS
  const seconds = Number(text)
  if (text.trim() !== '' && seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS) return Math.ceil(seconds * 1000)
  throw new UsageError(`--timeout ${text}: give seconds, more than 0 and at most ${MAX_TIMEOUT_SECONDS}, as in 2.5`)
}
