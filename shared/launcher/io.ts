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

/** Runs `onSignal` at SIGINT and SIGTERM, every time; returns the function that ends it. */
export function onStopSignal(onSignal: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}
