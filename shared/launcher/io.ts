import { closeSync, openSync } from 'node:fs'

/** What the command line has of the world, handed down instead of reached for, so that a test can hand it another. */
export interface Io {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly env: NodeJS.ProcessEnv
  /** The working folder: relative paths start here. */
  readonly cwd: string
}

/** Exit codes of the command line. */
export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3, interrupted: 130 } as const

/** Where the data folder is when nobody says otherwise. */
export const DEFAULT_DATA_FOLDER = 'fourwire-data'

/** The config file that is read when it is there and no other was named. */
export const DEFAULT_CONFIG_FILE = 'fourwire.json'

/** Somebody pressed Ctrl+C, or sent SIGTERM. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError'
}

/** Whoever read the output has gone (`| head`): not an error, there is only nobody left to tell. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError'
}

/** Calls back at the first SIGINT or SIGTERM; the second ends the process at once. Returns what takes it off again. */
export function onStopSignal(onFirst: () => void): () => void {
  let asked = false
  const onSignal = () => {
    if (asked) process.exit(EXIT.interrupted)
    asked = true
    onFirst()
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

/**
 * Calls back at SIGHUP, which asks a server to read its files again; not where the terminal it was started from has been
 * closed, which stops it as it would any other program. Windows has no such signal. Returns what takes it off again.
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

/** Calls back when standard output cannot be written to any more. Returns what takes it off again. */
export function onOutputClosed({ stdout }: Io, onClosed: () => void): () => void {
  stdout.on('error', onClosed)
  return () => stdout.off('error', onClosed)
}
