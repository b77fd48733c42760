/** The options of the HTTP server. */
import type * as z from 'zod'
import { listenOptions, millisecondsOption, portOption } from '../../shared/options.ts'
import { http } from '../../shared/protocols/http.ts'

export const httpOptions = listenOptions(http.ports.default).extend({
  tlsPort: portOption.default(http.tls.ports.default).describe('port for HTTPS, with --tls'),
  requestTimeout: millisecondsOption(100, 3_600_000)
    .default(60_000)
    .describe('milliseconds a client may take to send a request'),
  sessionIdle: millisecondsOption(1000, 2_592_000_000)
    .default(1_800_000)
    .describe('milliseconds without a request after which a session of the application ends'),
  sessionLifetime: millisecondsOption(1000, 2_592_000_000)
    .default(43_200_000)
    .describe('milliseconds after which a session of the application ends in any case'),
})

/** The options with their defaults filled in. */
export type HttpOptions = z.output<typeof httpOptions>
