/** The command line as a person runs it: a child process in an empty folder. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, onTestFinished } from 'vitest'
import { runCli } from '../../shared/launcher/cli.ts'
import type { Io } from '../../shared/launcher/io.ts'
import type { Endpoint } from '../../shared/service.ts'

/** What was built from the sources before the first test: see `build.ts` beside this file. */
const MAIN = fileURLToPath(new URL('../../dist/shared/launcher/main.js', import.meta.url))

/** The command line, as words for a shell or for `spawn`. */
export const FOURWIRE: readonly [string, ...string[]] = [process.execPath, MAIN]

export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly cwd: string
  readonly env?: Record<string, string>
  readonly input?: string | Uint8Array
  readonly cleanup?: Cleanup
}

/** Who closes what was opened: `onTestFinished`, or what `afterAllTests` gives where the tests of a file share it. */
export type Cleanup = (close: () => Promise<void>) => void

/** Call it at the top of a file: what is given to the cleanup that it returns is closed after the file's last test. */
export function afterAllTests(): Cleanup {
  const closers: (() => Promise<void>)[] = []
  afterAll(async () => {
    for (const close of closers.toReversed()) await close()
  })
  return close => closers.push(close)
}

/** How long a child may take to stop before it is killed. */
const MAX_STOP_MS = 5000

/** An empty folder that goes away with the test. */
export async function emptyFolder(cleanup: Cleanup = onTestFinished): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-test-'))
  cleanup(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function launch(
  args: readonly string[],
  { cwd, env, cleanup = onTestFinished }: CliOptions,
): ChildProcessWithoutNullStreams {
  const [command, ...words] = FOURWIRE
  const child = spawn(command, [...words, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, TMPDIR: os.tmpdir(), ...env },
  })
  cleanup(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    const killer = setTimeout(() => child.kill('SIGKILL'), MAX_STOP_MS)
    child.kill('SIGTERM')
    await exit
    clearTimeout(killer)
  })
  return child
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const parts: Buffer[] = []
  stream.on('data', part => parts.push(Buffer.from(part)))
  return () => Buffer.concat(parts).toString('utf8')
}

/** Runs `fourwire ARGS` to its end. */
export async function runFourwire(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const child = launch(args, options)
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  child.stdin.end(options.input)
  const [code] = await once(child, 'close')
  return { code, stdout: stdout(), stderr: stderr() }
}

/**
 * The same in this process, for the many ways to type a command: the command line as it is, over real sockets, with
 * streams of its own and `cwd` as the working folder meanwhile. What concerns the process itself needs `fourwire`.
 */
export async function runInProcess(args: readonly string[], { cwd, env = {}, input }: CliOptions): Promise<CliResult> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  stdin.end(input)
  const texts = Promise.all([text(stdout), text(stderr)])
  const before = process.cwd()
  process.chdir(cwd)
  try {
    // Streams that are no terminal, which is all that the command line asks of them.
    const code = await runCli(args, { stdin, stdout, stderr, env, cwd } as unknown as Io)
    stdout.end()
    stderr.end()
    const [out, err] = await texts
    return { code, stdout: out, stderr: err }
  } finally {
    process.chdir(before)
  }
}

/** A `fourwire start` that is up. */
export class StartedCli {
  readonly child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  readonly #stderr: () => string

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    this.#stderr = collect(child.stderr)
  }

  /** The next line of its standard output; fails with its standard error when there is none. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`fourwire start printed no more lines; standard error:\n${this.#stderr()}`)
    return value
  }

  /** Stops reading its standard output, and goes on with it. */
  pause(): void {
    this.child.stdout.pause()
  }

  resume(): void {
    this.child.stdout.resume()
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; stderr: string }> {
    const exit = once(this.child, 'exit')
    this.child.kill(signal)
    const [code] = await exit
    return { code, stderr: this.#stderr() }
  }
}

/** Runs `fourwire start --json ARGS` until its ready line has come. */
export async function startFourwire(
  args: readonly string[],
  options: CliOptions,
): Promise<StartedCli & { endpoints: readonly Endpoint[] }> {
  const started = new StartedCli(launch(['start', '--json', ...args], options))
  const { endpoints } = JSON.parse(await started.line()) as { endpoints: readonly Endpoint[] }
  return Object.assign(started, { endpoints })
}

/** Runs `fourwire start ARGS`; nothing of its output has been read yet. */
export function launchStart(args: readonly string[], options: CliOptions): StartedCli {
  return new StartedCli(launch(['start', ...args], options))
}
