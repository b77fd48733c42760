/** The clock of an exchange. */

/** Returns milliseconds. The first use of `performance` would load modules of Node for longer than a response takes. */
export function monotonicTime(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
