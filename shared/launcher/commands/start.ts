/** `fourwire start`: services up, the conversation shown, until a signal. */
import path from 'node:path'
import { Argument, Command, Option } from 'commander'
import { createLog, LOG_LEVELS, type Log, type LogLevel } from '../../log.ts'
import { encodeEvent } from '../../trace/sinks/json.ts'
import { formatEvent, wantsColor } from '../../trace/sinks/terminal.ts'
import type { Trace } from '../../trace/trace.ts'
import { banner, readyLine } from '../banner.ts'
import { DEFAULT_CONFIG_FILE, EXIT, type Io, onOutputClosed, onReloadSignal, onStopSignal } from '../io.ts'
import { parseText, toOption } from '../settings/flags.ts'
import { loadSettings, withInputName } from '../settings/load-settings.ts'
import { resolveSuite, SERVICE_NAMES } from '../settings/options.ts'
import { allSettings, putSetting, type Setting, type Settings } from '../settings/settings.ts'
import { RunningSuite } from '../suite/suite.ts'
import { VERSION } from '../version.ts'

interface StartFlags extends Readonly<Record<string, unknown>> {
  readonly config?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly logLevel?: LogLevel
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
    .addOption(
      new Option('--log-level <LEVEL>', 'what to log on standard error (default: warn)').choices([...LOG_LEVELS]),
    )
  for (const setting of flagSettings()) {
    const option = toOption(setting.field, prefixOf(setting))
    command.addOption(prefixOf(setting) === '' ? option : option.helpGroup(`Options of ${setting.path[0]}:`))
  }
  return command
    .addHelpText('after', `\nEvery flag can be set by environment too: --dns-port as FOURWIRE_DNS_PORT.${EXAMPLE}`)
    .action(async (services: string[], flags: StartFlags) => {
      const typed = settingsTyped(services, command)
      try {
        finish(await start(await loadSettings(typed, flags.config, io), flags, io))
      } catch (error) {
        throw withInputName(error, typed, io.env)
      }
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
  const log = await openLog(flags.logLevel ?? 'warn', io)
  const dataFolder = path.resolve(io.cwd, String(settings.data))
  const suite = new RunningSuite(resolveSuite({ ...settings, data: dataFolder }, 'own'), log)
  const stopped = waitForStop(io, () => void suite.reload())
  try {
    await suite.start()
    const about = { dataFolder, version: VERSION, caFile: suite.caFile }
    io.stdout.write(flags.json ? `${readyLine(suite.endpoints)}\n` : banner(suite.endpoints, about))
    const hide = flags.quiet ? () => undefined : showConversation(suite.trace, flags.json === true, io)
    await stopped.promise
    await suite.close()
    hide()
    await flushOutput(io)
    return EXIT.done
  } finally {
    stopped.forget()
  }
}

function settingsTyped(services: readonly string[], command: Command): Settings {
  const typed: Record<string, unknown> = services.length > 0 ? { services: [...services] } : {}
  for (const setting of flagSettings()) {
    const name = toOption(setting.field, prefixOf(setting)).attributeName()
    // A `--no-...` flag has a value of its own accord; only what was typed counts here.
    if (command.getOptionValueSource(name) !== 'cli') continue
    const value: unknown = command.getOptionValue(name)
    putSetting(typed, setting.path, fromTyped(setting, value))
  }
  return typed
}

/** A list is given by commas, by the flag several times, or both. */
function fromTyped({ field }: Setting, value: unknown): unknown {
  if (Array.isArray(value)) return value.flatMap(text => parseText(field, String(text)))
  return typeof value === 'string' ? parseText(field, value) : value
}

/** Warnings and errors go to standard error: readable on a terminal, JSON lines where piped. */
async function openLog(level: LogLevel, io: Io): Promise<Log> {
  if (!io.stderr.isTTY) return createLog(level, io.stderr)
  const { default: pretty } = await import('pino-pretty')
  return createLog(level, pretty({ colorize: wantsColor(io.stderr, io.env), ignore: 'pid,hostname', destination: 2 }))
}

/** What may wait for a slow reader of standard output. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024

/** Events that nobody reads in time are not shown and harm nobody; how many there were is said once there is room. */
function showConversation(trace: Trace, json: boolean, io: Io): () => void {
  const color = wantsColor(io.stdout, io.env)
  let missed = 0
  const say = (line: string) => io.stdout.write(`${line}\n`)
  return trace.on(event => {
    if (io.stdout.writableLength > MAX_UNREAD_BYTES) {
      missed += 1
      return
    }
    if (missed > 0) say(json ? JSON.stringify({ kind: 'missed', events: missed }) : `(${missed} events were not shown)`)
    missed = 0
    const width = io.stdout.isTTY ? io.stdout.columns : undefined
    say(json ? encodeEvent(event) : formatEvent(event, { color, width }))
  })
}

/** How long what was said last may take to be read. */
const FLUSH_TIMEOUT_MS = 1000

/** Waits for the reader of standard output; where it has stopped reading, ends the process, which would wait for ever. */
async function flushOutput({ stdout }: Io): Promise<void> {
  if (stdout.writableLength === 0 || stdout.destroyed) return
  const timer = setTimeout(() => process.exit(EXIT.done), FLUSH_TIMEOUT_MS)
  await new Promise<void>(resolve => stdout.write('', () => resolve()))
  clearTimeout(timer)
}

/** Resolves at the first signal to stop, or when nobody reads the output any more; until then, reloads when asked to. */
function waitForStop(io: Io, reload: () => void): { promise: Promise<void>; forget: () => void } {
  let stop: () => void = () => undefined
  const promise = new Promise<void>(resolve => {
    stop = resolve
  })
  const offs = [
    onOutputClosed(io, stop),
    onStopSignal(() => {
      if (io.stderr.isTTY) io.stderr.write('\nstopping; once more stops at once\n')
      stop()
    }),
    onReloadSignal(io, reload, () => stop()),
  ]
  const forget = () => {
    for (const off of offs) off()
  }
  return { promise, forget }
}
