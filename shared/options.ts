/** Options that servers share. */
import * as z from 'zod'

/** A TCP or UDP port; 0 means any free port. */
export const portOption = wholeNumber(0, 65_535)

function wholeNumber(minimum: number, maximum: number) {
  const error = `must be a whole number from ${minimum} to ${maximum}`
  return z.number(error).int(error).min(minimum, error).max(maximum, error)
}

/** Default of `drainTime`: milliseconds that `close()` waits for running work. */
export const DEFAULT_DRAIN_TIME_MS = 3000

/** Returns the schema of `{ host, port }` with the protocol's default port; a server extends it with its own options. */
export function listenOptions(defaultPort: number) {
  return z.object({
    host: z.string().min(1).default('127.0.0.1').describe('address to listen on').meta({ placeholder: 'ADDRESS' }),
    port: portOption.default(defaultPort).describe('port to listen on (0 = any free port)'),
  })
}

/** A duration in milliseconds, the unit of every duration option; `maximum` is a day by default. */
export function millisecondsOption(minimum: number, maximum = 86_400_000) {
  return wholeNumber(minimum, maximum).meta({ placeholder: 'MS' })
}

/** A number of bytes. */
export const bytesOption = z.number().int().min(1).meta({ placeholder: 'BYTES' })

/** The number of clients that may be connected at the same time. */
export const maxConnectionsOption = wholeNumber(1, 100_000)
