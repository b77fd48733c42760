/** `fourwire start`: starts services and prints the conversation until a signal. */
import path from 'node:path'
import { Argument, Command, Option } from 'commander'
import { BindError, errorCode, FourwireError } from '../../errors.ts'
import { createLog, LOG_LEVELS, type Log, type LogLevel } from '../../log.ts'
import { supportsColor } from '../../trace/sinks/terminal.ts'
import { banner, readyLine } from '../banner.ts'
import { DEFAULT_CONFIG_FILE, EXIT, type Io, onOutputClosed, onReloadSignal, onStopSignal } from '../io.ts'
import { programName } from '../program-name.ts'
import { parseText, toOption } from '../settings/flags.ts'
import { loadSettings, withInputName } from '../settings/load-settings.ts'
import { resolveSettings, SERVICE_NAMES } from '../settings/options.ts'
import { allSettings, findUnknownVariables, putSetting, type Setting, type Settings } from '../settings/settings.ts'
import { RunningSuite } from '../suite/running-suite.ts'
import { readRecords, type SuiteRecord } from '../suite/suite-records.ts'
import { VERSION } from '../version.ts'
import { printEvents } from './print-events.ts'
import { START_HELP } from './start-help.ts'

interface StartFlags extends Readonly<Record<string, unknown>> {
  readonly config?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly logLevel?: LogLevel
}

/** Builds the command; its flags derive from the options of the launcher and of every server. */
export function startCommand(io: Io, finish: (code: number) => void): Command {
  const command = new Command('start')
    .summary('start all services, or those named')
    .description('Starts all services, or those named, and shows the conversation until Ctrl+C.')
    .addArgument(new Argument('[service...]', `any of: ${SERVICE_NAMES.join(', ')}`))
    .option('--config <FILE>', `settings to read (default: ${DEFAULT_CONFIG_FILE}, if it exists)`)
    .option('--json', 'print JSON lines only: first the endpoints, then every event')
    .option('--quiet', 'print the endpoints only, not the conversation')
    .addOption(
      new Option('--log-level <LEVEL>', 'what to log on standard error (default: warn)').choices([...LOG_LEVELS]),
    )
  for (const setting of flagSettings()) {
    const option = toOption(setting.field, prefixOf(setting))
    command.addOption(prefixOf(setting) === '' ? option : option.helpGroup(`Options of ${setting.path[0]}:`))
  }
  return command.addHelpText('after', START_HELP).action(async (services: string[], flags: StartFlags) => {
    const typed = readTypedSettings(services, command)
    try {
      const settings = await loadSettings(typed, flags.config, io)
      finish(await start(settings, typed, flags, io))
    } catch (error) {
      throw withInputName(error, typed, io.env)
    }
  })
}

/** All settings but `services`, which is the command's argument. */
function flagSettings(): Setting[] {
  return allSettings().filter(({ field }) => field.key !== 'services')
}

function prefixOf({ path: [first, second] }: Setting): string {
  return second === undefined ? '' : `${first}-`
}

/** @param typed the part of the settings that the user typed */
async function start(settings: Settings, typed: Settings, flags: StartFlags, io: Io): Promise<number> {
  const log = await openLog(flags.logLevel ?? 'warn', io)
  for (const { variable, suggestion } of findUnknownVariables(io.env)) {
    log.warn({ variable }, `ignored unknown environment variable ${variable}${suggestion}`)
  }
  const dataFolder = path.resolve(io.cwd, String(settings.data))
  const suite = new RunningSuite(resolveSettings({ ...settings, data: dataFolder }, 'default'), { log })
  const stopped = waitForStop(io, () => void suite.reload())
  try {
    await startServices(suite, dataFolder)
    io.stdout.write(
      flags.json
        ? `${readyLine(suite.endpoints)}\n`
        : await bannerOf(suite, { ...settings, data: dataFolder }, typed, io),
    )
    const stopPrinting = flags.quiet
      ? () => undefined
      : printEvents(suite.trace, { json: flags.json === true, color: supportsColor(io.stdout, io.env) }, io.stdout)
    await stopped.promise
    await suite.close()
    stopPrinting()
    await flushOutput(io)
    return EXIT.done
  } finally {
    stopped.dispose()
  }
}

async function bannerOf(suite: RunningSuite, settings: Settings, { data }: Settings, io: Io): Promise<string> {
  return banner(suite.endpoints, {
    dataFolder: String(settings.data),
    accounts: await suite.accounts(),
    hasStoreUrl: settings.store !== undefined,
    proxies: suite.proxies,
    version: VERSION,
    caFile: suite.caFile,
    program: programName(io),
    dataFlag: data === undefined ? undefined : String(data),
  })
}

/** @throws AlreadyRunningError if another suite on the same data folder uses a port */
async function startServices(suite: RunningSuite, dataFolder: string): Promise<void> {
  try {
    await suite.start()
  } catch (error) {
    if (!(error instanceof BindError) || errorCode(error) !== 'EADDRINUSE') throw error
    const { alive } = await readRecords(dataFolder)
    const running = alive.find(({ endpoints }) => endpoints.some(({ port }) => port === error.port))
    throw running ? new AlreadyRunningError(running, error) : error
  }
}

/** Another suite on the same data folder uses the port. */
class AlreadyRunningError extends FourwireError {
  override readonly name = 'AlreadyRunningError'
  readonly exitCode = 1

  constructor({ pid, startedAt, endpoints }: SuiteRecord, cause: BindError) {
    const since = new Date(startedAt).toLocaleString('sv-SE')
    const urls = [...new Set(endpoints.map(({ url }) => url))].map(url => `\n  ${url}`).join('')
    const advice = 'Use it, stop it, or start this one on other ports with --free-ports'
    super(`already running on this data folder since ${since} (pid ${pid}):${urls}\n${advice}`, { cause })
  }
}

function readTypedSettings(services: readonly string[], command: Command): Settings {
  const typed: Record<string, unknown> = services.length > 0 ? { services: [...services] } : {}
  for (const setting of flagSettings()) {
    const name = toOption(setting.field, prefixOf(setting)).attributeName()
    // Commander gives `--no-...` flags a value by default; only typed flags count here.
    if (command.getOptionValueSource(name) !== 'cli') continue
    const value: unknown = command.getOptionValue(name)
    putSetting(typed, setting.path, parseTyped(setting, value))
  }
  return typed
}

/** Parses a typed value; a list is separated by commas, spread over several flags, or both. */
function parseTyped({ field }: Setting, value: unknown): unknown {
  if (Array.isArray(value)) return value.flatMap(text => parseText(field, String(text)))
  return typeof value === 'string' ? parseText(field, value) : value
}

/** Opens the log on standard error: readable on a terminal, JSON lines otherwise. */
async function openLog(level: LogLevel, io: Io): Promise<Log> {
  if (!io.stderr.isTTY) return createLog(level, io.stderr)
  const { default: pretty } = await import('pino-pretty')
  return createLog(
    level,
    pretty({ colorize: supportsColor(io.stderr, io.env), ignore: 'pid,hostname', destination: 2 }),
  )
}

/** Time for the reader to read the last output. */
const FLUSH_TIMEOUT_MS = 1000

/** Waits until standard output is written; ends the process if the reader has stopped reading. */
async function flushOutput({ stdout }: Io): Promise<void> {
  if (stdout.writableLength === 0 || stdout.destroyed) return
  const timer = setTimeout(() => process.exit(EXIT.done), FLUSH_TIMEOUT_MS)
  await new Promise<void>(resolve => stdout.write('', () => resolve()))
  clearTimeout(timer)
}

/** `promise` resolves at the first stop signal or when standard output closes; SIGHUP calls `reload` until then. */
function waitForStop(io: Io, reload: () => void): { promise: Promise<void>; dispose: () => void } {
  let stop: () => void = () => undefined
  const promise = new Promise<void>(resolve => {
    stop = resolve
  })
  const offs = [
    onOutputClosed(io, stop),
    onStopSignal(() => {
      if (io.stderr.isTTY) io.stderr.write('\nstopping; press again to stop at once\n')
      stop()
    }),
    onReloadSignal(io, reload, () => stop()),
  ]
  const dispose = () => {
    for (const off of offs) off()
  }
  return { promise, dispose }
}
