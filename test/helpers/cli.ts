/** Runs the command line in a child process, or in this process. */
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

/** Built before the first test by `build.ts`. */
const MAIN = fileURLToPath(new URL('../../dist/shared/launcher/main.js', import.meta.url))

/** The words that start the command line, for a shell or for `spawn`. */
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
  /** True applies file permissions, which root otherwise bypasses. */
  readonly asOrdinaryUser?: boolean
  /** How many files and sockets the process may have open. */
  readonly maxOpenFiles?: number
  /** True makes both outputs terminals; only for `runInProcess`. */
  readonly terminal?: boolean
}

/** Registers a function that releases a resource: `onTestFinished`, or the result of `afterAllTests` for a shared one. */
export type Cleanup = (close: () => Promise<void>) => void

/** Returns a cleanup that runs after the last test of the file. Call it at the top level of the file. */
export function afterAllTests(): Cleanup {
  const closers: (() => Promise<void>)[] = []
  afterAll(async () => {
    for (const close of closers.toReversed()) await close()
  })
  return close => closers.push(close)
}

/** Runs a command as root without the capability to bypass permissions (util-linux). */
const WITHOUT_CAPABILITIES = ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all'] as const

/** The time a child has to stop before it is killed. */
const MAX_STOP_MS = 5000

/** Creates an empty folder that is removed after the test. */
export async function emptyFolder(cleanup: Cleanup = onTestFinished): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'fourwire-test-'))
  cleanup(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function launch(
  args: readonly string[],
  { cwd, env, asOrdinaryUser = false, maxOpenFiles, cleanup = onTestFinished }: CliOptions,
): ChildProcessWithoutNullStreams {
  const dropsPrivileges = asOrdinaryUser && process.getuid?.() === 0
  const [first, ...more] = dropsPrivileges ? [...WITHOUT_CAPABILITIES, ...FOURWIRE] : FOURWIRE
  // `prlimit` is part of util-linux too.
  const [command, ...words]: [string, ...string[]] =
    maxOpenFiles === undefined ? [first, ...more] : ['prlimit', `--nofile=${maxOpenFiles}`, first, ...more]
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

/** Runs `fourwire ARGS` and waits for its end. */
export async function runFourwire(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const child = launch(args, options)
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  child.stdin.end(options.input)
  const [code] = await once(child, 'close')
  return { code, stdout: stdout(), stderr: stderr() }
}

/**
 * Runs the command line in this process, which is faster: real sockets, separate streams, and `cwd` as the working folder.
 * Tests of signals and exit codes of the process need `runFourwire`.
 */
export async function runInProcess(
  args: readonly string[],
  { cwd, env = {}, input, terminal = false }: CliOptions,
): Promise<CliResult> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  stdin.end(input)
  if (terminal) for (const output of [stdout, stderr]) Object.assign(output, { isTTY: true, columns: 80 })
  const texts = Promise.all([text(stdout), text(stderr)])
  const before = process.cwd()
  process.chdir(cwd)
  try {
    // The command line uses only `isTTY` of these streams beyond their base class.
    const code = await runCli(args, { stdin, stdout, stderr, env, cwd } as unknown as Io)
    stdout.end()
    stderr.end()
    const [out, err] = await texts
    return { code, stdout: out, stderr: err }
  } finally {
    process.chdir(before)
  }
}

/** A running `fourwire start`. */
export class StartedCli {
  readonly child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  readonly #stderr: () => string

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    this.#stderr = collect(child.stderr)
  }

  /** Reads the next line of standard output; if there is none, throws an error that quotes standard error. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`fourwire start printed no more lines; standard error:\n${this.#stderr()}`)
    return value
  }

  /** Stops reading standard output until `resume`. */
  pause(): void {
    this.child.stdout.pause()
  }

  resume(): void {
    this.child.stdout.resume()
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; stderr: string }> {
    const { child } = this
    // A test may have killed it before.
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit')
      child.kill(signal)
      await exit
    }
    return { code: child.exitCode, stderr: this.#stderr() }
  }
}

/** Runs `fourwire start --json ARGS` and waits for the ready line. */
export async function startFourwire(
  args: readonly string[],
  options: CliOptions,
): Promise<StartedCli & { endpoints: readonly Endpoint[] }> {
  const started = new StartedCli(launch(['start', '--json', ...args], options))
  const { endpoints } = JSON.parse(await started.line()) as { endpoints: readonly Endpoint[] }
  return Object.assign(started, { endpoints })
}

/** Runs `fourwire start ARGS` without reading its output. */
export function launchStart(args: readonly string[], options: CliOptions): StartedCli {
  return new StartedCli(launch(['start', ...args], options))
}
