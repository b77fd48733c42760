/** The log that services write to: what an operator should know, never the conversation (that is the trace's). */
import { type Logger, pino } from 'pino'

export type Log = Logger

/** Levels that a person can ask for. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Makes a log that writes JSON lines (or whatever `stream` makes of them) and is quiet below `level`. */
export function createLog(level: LogLevel, stream: { write(line: string): void } = process.stderr): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream)
}
