/** Runs a command of a client: finds the running suites, traces, stops at a signal. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { UnreachableError, UsageError } from '../../errors.ts'
import { formatAddress } from '../../net/address.ts'
import { DEFAULT_TIMEOUT_MS } from '../../net/connect.ts'
import type { ClientContext } from '../../service.ts'
import { supportsColor } from '../../trace/sinks/terminal.ts'
import { Trace } from '../../trace/trace.ts'
import { InterruptedError, type Io, OutputClosedError, onOutputClosed, onStopSignal, terminalWidth } from '../io.ts'
import { createLocate } from '../locate.ts'
import { readRecords, type SuiteRecord } from '../suite/suite-records.ts'

/** The flags of all commands of clients. */
export interface CommonFlags {
  readonly json?: boolean
  readonly trace?: boolean
  readonly timeout?: string
  readonly data?: string
}

/** Runs a command of a client with a context that knows the suites of the data folder; traces it if a flag requests it. */
export async function runClient(
  run: (context: ClientContext) => Promise<void>,
  flags: CommonFlags,
  dataFolder: string,
  io: Io,
): Promise<void> {
  const suites = await findSuites(dataFolder, flags.json === true, io)
  const trace = new Trace()
  const collector = flags.trace ? await followSuites(trace, suites) : undefined
  const stopped = new AbortController()
  const offs = [
    onStopSignal(() => stopped.abort(new InterruptedError('interrupted'))),
    onOutputClosed(io, () => stopped.abort(new OutputClosedError('standard output is closed'))),
  ]
  try {
    await run(createContext(flags, trace, { dataFolder, suites }, stopped.signal, io))
  } catch (error) {
    // A stop makes the command fail in any way.
    stopped.signal.throwIfAborted()
    throw error instanceof UnreachableError ? withRunningService(error, suites) : error
  } finally {
    for (const off of offs) off()
    if (collector) {
      io.stderr.write(await collector.finish(flags.json === true, terminalWidth(io.stderr)))
    }
  }
}

async function followSuites(trace: Trace, suites: readonly SuiteRecord[]) {
  const { TraceCollector } = await import('./trace-collector.ts')
  return TraceCollector.follow(trace, suites)
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
  const { stdout } = io
  const json = flags.json === true
  const endpoints = suites.flatMap(({ endpoints }) => endpoints)
  return {
    trace,
    signal,
    timeout,
    json,
    color: supportsColor(stdout, io.env),
    // Few commands use them, and to create them takes milliseconds.
    get stdin() {
      return io.stdin
    },
    stdout,
    get stderr() {
      return io.stderr
    },
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
