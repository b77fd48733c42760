/**
 * The log of services: what an operator needs to know. Conversations go to the trace instead. Log a defect of Fourwire as
 * field `err`, the Error object, so that the log has its stack; log an error of the peer as field `error`, its message.
 */

/** A log with pino's interface: fields first, then the message. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const discard = () => undefined

/** Discards everything; needs no library. */
export const silentLog: Log = { debug: discard, info: discard, warn: discard, error: discard }

/** From the fewest lines to the most. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Creates a log that writes JSON lines to `stream` and discards what is below `level`. */
export async function createLog(level: LogLevel, stream: { write(line: string): void } = process.stderr): Promise<Log> {
  const { default: pino } = await import('pino')
  const log: Log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream)
  return log
}
