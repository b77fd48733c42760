/** `fourwire start`: services up, the conversation shown, until a signal. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Argument, Command } from 'commander'
import { errorCode, UsageError } from '../../errors.ts'
import { createLog, type Log } from '../../log.ts'
import { encodeEvent } from '../../trace/sinks/json.ts'
import { formatEvent, wantsColor } from '../../trace/sinks/terminal.ts'
import type { Trace } from '../../trace/trace.ts'
import { banner, readyLine } from '../banner.ts'
import { fromText, toOption } from '../flags.ts'
import { DEFAULT_CONFIG_FILE, DEFAULT_DATA_FOLDER, EXIT, type Io, onStopSignal } from '../io.ts'
import { resolveSuite, SERVICE_NAMES } from '../options.ts'
import {
  allSettings,
  fromConfig,
  fromEnvironment,
  mergeSettings,
  put,
  type Setting,
  type Settings,
} from '../settings.ts'
import { RunningSuite } from '../suite.ts'
import { VERSION } from '../version.ts'

interface StartFlags extends Readonly<Record<string, unknown>> {
  readonly config?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

/** The command, its flags taken from the options of the launcher and of every server. */
export function startCommand(io: Io, finish: (code: number) => void): Command {
  const command = new Command('start')
    .summary('start all services, or those named')
    .description('Starts all services, or those named, and shows the conversation until Ctrl+C.')
    .addArgument(new Argument('[service...]', `any of: ${SERVICE_NAMES.join(', ')}`))
    .option('--config <FILE>', `settings to read (default: ${DEFAULT_CONFIG_FILE}, if it is there)`)
    .option('--json', 'print JSON lines only: first the endpoints, then every event')
    .option('--quiet', 'print the endpoints only, not the conversation')
  for (const setting of flagSettings()) command.addOption(toOption(setting.field, prefixOf(setting)))
  return command
    .addHelpText('after', `\nEvery flag can be set by environment too: --dns-port as FOURWIRE_DNS_PORT.${EXAMPLE}`)
    .action(async (services: string[], flags: StartFlags) => {
      finish(await start(await gatherSettings(services, command, flags.config, io), flags, io))
    })
}

const EXAMPLE = '\n\nExample:\n  fourwire start dns http --dns-port 5353'

/** `services` is the command's argument, so it has no flag. */
function flagSettings(): Setting[] {
  return allSettings().filter(({ field }) => field.key !== 'services')
}

function prefixOf({ path: [first, second] }: Setting): string {
  return second === undefined ? '' : `${first}-`
}

async function start(settings: Settings, flags: StartFlags, io: Io): Promise<number> {
  const log = await openLog(io)
  const suite = new RunningSuite(resolveSuite(settings, 'own'), log)
  const stopped = untilStopped(io)
  try {
    await suite.start()
    io.stdout.write(
      flags.json ? `${readyLine(suite.endpoints)}\n` : banner(suite.endpoints, String(settings.data), VERSION),
    )
    if (!flags.quiet) showConversation(suite.trace, flags.json === true, io)
    await stopped.promise
    await suite.close()
    return EXIT.done
  } finally {
    stopped.forget()
  }
}

async function gatherSettings(
  services: readonly string[],
  command: Command,
  configFile: string | undefined,
  io: Io,
): Promise<Settings> {
  const typed: Record<string, unknown> = services.length > 0 ? { services: [...services] } : {}
  for (const setting of flagSettings()) {
    const name = toOption(setting.field, prefixOf(setting)).attributeName()
    // A `--no-...` flag has a value of its own accord; only what was typed counts here.
    if (command.getOptionValueSource(name) !== 'cli') continue
    const value: unknown = command.getOptionValue(name)
    put(typed, setting.path, typeof value === 'string' ? fromText(setting.field, value) : value)
  }
  const config = await readConfig(configFile, io)
  return mergeSettings(typed, fromEnvironment(io.env), config, { data: path.resolve(io.cwd, DEFAULT_DATA_FOLDER) })
}

async function readConfig(named: string | undefined, io: Io): Promise<Settings> {
  const file = path.resolve(io.cwd, named ?? DEFAULT_CONFIG_FILE)
  try {
    return fromConfig(await readFile(file, 'utf8'), file)
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    if (errorCode(error) === 'ENOENT' && named === undefined) return {}
    throw new UsageError(`--config ${named ?? file}: the file cannot be read (${errorCode(error)})`, { cause: error })
  }
}

/** Warnings and errors go to standard error: readable on a terminal, JSON lines where piped. */
async function openLog(io: Io): Promise<Log> {
  if (!io.stderr.isTTY) return createLog('warn', io.stderr)
  const { default: pretty } = await import('pino-pretty')
  return createLog('warn', pretty({ colorize: wantsColor(io.stderr, io.env), ignore: 'pid,hostname', destination: 2 }))
}

/** What may wait for a slow reader of standard output; events beyond it are not shown, and harm nobody. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024

function showConversation(trace: Trace, json: boolean, io: Io): void {
  const color = wantsColor(io.stdout, io.env)
  trace.on(event => {
    if (io.stdout.writableLength > MAX_UNREAD_BYTES) return
    const width = io.stdout.isTTY ? io.stdout.columns : undefined
    io.stdout.write(`${json ? encodeEvent(event) : formatEvent(event, { color, width })}\n`)
  })
}

/** Resolves at the first signal to stop, or when nobody reads the output any more; a second signal ends at once. */
function untilStopped(io: Io): { promise: Promise<void>; forget: () => void } {
  let stop: () => void = () => undefined
  let asked = false
  const promise = new Promise<void>(resolve => {
    stop = resolve
  })
  const off = onStopSignal(() => {
    if (asked) process.exit(EXIT.interrupted)
    asked = true
    if (io.stderr.isTTY) io.stderr.write('\nstopping; once more stops at once\n')
    stop()
  })
  const onOutputError = (error: Error) => {
    if (errorCode(error) !== 'EPIPE') io.stderr.write(`fourwire: standard output: ${error.message}\n`)
    stop()
  }
  io.stdout.on('error', onOutputError)
  return { promise, forget: off }
}
