/** The process as the command line sees it: streams, environment, signals. */
import { closeSync, existsSync, openSync } from 'node:fs'
import path from 'node:path'
import { errorCode } from '../errors.ts'

/** The parts of the process that the command line uses; a test passes its own. */
export interface Io {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly env: NodeJS.ProcessEnv
  /** The working folder: relative paths start here. */
  readonly cwd: string
  /** The script that node was started with; undefined in a test. */
  readonly script?: string | undefined
}

/**
 * Returns the columns to wrap text at; undefined if the output is not a terminal, or one whose size is not known: it has 0
 * columns in some containers.
 */
export function terminalWidth({ isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>): number | undefined {
  return isTTY && columns > 0 ? columns : undefined
}

/** Exit codes of the command line. */
export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3, interrupted: 130 } as const

/** The data folder by default. */
export const DEFAULT_DATA_FOLDER = 'fourwire-data'

/** The config file that is read if it exists and `--config` is not given. */
export const DEFAULT_CONFIG_FILE = 'fourwire.json'

/** Returns true if environment variables or a config file can set options. */
export function hasSettings({ env, cwd }: Pick<Io, 'env' | 'cwd'>): boolean {
  const hasVariable = Object.keys(env).some(name => name.startsWith('FOURWIRE_'))
  return hasVariable || existsSync(path.resolve(cwd, DEFAULT_CONFIG_FILE))
}

/** The user pressed Ctrl+C, or the process got SIGTERM. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
}

/** The reader of standard output closed it (`| head`). Not a failure. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError'
}

/** Calls back at the first SIGINT or SIGTERM; the second ends the process at once. Returns a function that removes the handlers. */
export function onStopSignal(onFirst: () => void): () => void {
  let signalled = false
  const onSignal = () => {
    if (signalled) process.exit(EXIT.interrupted)
    signalled = true
    onFirst()
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

/**
 * Calls `reload` at SIGHUP, by which an operator requests that files are read again, or `stop` if the
 * terminal was closed, which sends SIGHUP too. Windows has no SIGHUP. Returns a function that removes the handler.
 */
export function onReloadSignal({ stdin }: Io, reload: () => void, stop: () => void): () => void {
  if (process.platform === 'win32') return () => {}
  const fromTerminal = stdin.isTTY
  const onSignal = () => (fromTerminal && !hasTerminal() ? stop() : reload())
  process.on('SIGHUP', onSignal)
  return () => process.off('SIGHUP', onSignal)
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

/** Reports errors of standard output on standard error; a closed pipe is not an error. */
export function reportOutputErrors(io: Io): void {
  // The handler stays for the life of the process: the last write can fail after the command has ended.
  io.stdout.on('error', error => {
    if (errorCode(error) !== 'EPIPE') io.stderr.write(`fourwire: cannot write to standard output: ${error.message}\n`)
  })
}

/** Calls back when standard output cannot be written any more. Returns a function that removes the handlers. */
export function onOutputClosed({ stdout }: Io, onClosed: () => void): () => void {
  stdout.on('error', onClosed)
  return () => stdout.off('error', onClosed)
}
