/** How many files and sockets the system lets this process have open at once. */
import { readFileSync } from 'node:fs'

/** Returns the limit (`ulimit -n`); Infinity if there is none, and on systems other than Linux. */
export function openFileLimit(): number {
  try {
    return parseOpenFileLimit(readFileSync('/proc/self/limits', 'latin1'))
  } catch {
    // Only Linux has this file.
    return Number.POSITIVE_INFINITY
  }
}

/** @param limits the content of `/proc/PID/limits` (proc(5)), whose first figure of a line is the soft limit, which applies */
export function parseOpenFileLimit(limits: string): number {
  const limit = /^Max open files +(\d+) /m.exec(limits)?.[1]
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit)
}
