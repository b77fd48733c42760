/** The options that every server has. A server's own schema starts from these. */
import * as z from 'zod'

/** A TCP or UDP port; 0 takes any free one. */
export const portOption = wholeNumber(0, 65_535)

function wholeNumber(least: number, most: number) {
  const error = `give a whole number from ${least} to ${most}`
  return z.number(error).int(error).min(least, error).max(most, error)
}

/** Milliseconds that a stop waits for work under way when nothing else was said. */
export const DEFAULT_DRAIN_TIME_MS = 3000

/** `{ host, port }` with the protocol's default port; extend it with the server's own options. */
export function listenOptions(defaultPort: number) {
  return z.object({
    host: z.string().min(1).default('127.0.0.1').describe('address to listen on').meta({ placeholder: 'ADDRESS' }),
    port: portOption.default(defaultPort).describe('port to listen on (0 = any free port)'),
  })
}

/** A time in milliseconds, the unit of every time here; a day is more than anybody waits. */
export function millisecondsOption(least: number, most = 86_400_000) {
  return wholeNumber(least, most).meta({ placeholder: 'MS' })
}

/** How many clients may be connected at once. */
export const maxConnectionsOption = wholeNumber(1, 10_000)
