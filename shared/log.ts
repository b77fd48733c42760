/**
 * The log that services write to: what an operator should know, never the conversation (that is the trace's). A failure
 * of our own goes in as `err`, the error itself, so that its stack is kept; one of the other end as `error`, its words.
 */

/** A log as pino keeps it: what it is about, then the sentence. */
export interface Log {
  debug(about: object, message: string): void
  info(about: object, message: string): void
  warn(about: object, message: string): void
  error(about: object, message: string): void
}

const discard = () => undefined

/** For programs that want no log: they need not load one. */
export const silentLog: Log = { debug: discard, info: discard, warn: discard, error: discard }

/** From the least said to the most. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Makes a log that writes JSON lines (or whatever `stream` makes of them) and is quiet below `level`. */
export async function createLog(level: LogLevel, stream: { write(line: string): void } = process.stderr): Promise<Log> {
  const { default: pino } = await import('pino')
  const log: Log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream)
  return log
}
