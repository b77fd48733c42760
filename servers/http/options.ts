/** The options of the HTTP server. */
import * as z from 'zod'
import { ZONE } from '../../shared/dns/suite-zone.ts'
import {
  bytesOption,
  listenOptions,
  maxConnectionsOption,
  millisecondsOption,
  portOption,
} from '../../shared/options.ts'
import { http } from '../../shared/protocols/http.ts'
import { fileOptions } from './files/options.ts'

export const httpOptions = listenOptions(http.ports.default).extend({
  tlsPort: portOption.default(http.tls.ports.default).describe('port for HTTPS, with --tls'),
  requestTimeout: millisecondsOption(100, 3_600_000)
    .default(60_000)
    .describe('milliseconds a client may take to send a request, or may read nothing of a response'),
  maxConnections: maxConnectionsOption.default(4096).describe('open connections; the idlest makes room for a new one'),
  maxConnectionsPerAddress: maxConnectionsOption.default(4096).describe('open connections from one address'),
  maxUpload: bytesOption.default(67_108_864).describe('bytes of one upload, by PUT or to the application'),
  ...fileOptions,
  stubs: z
    .string()
    .min(1)
    .optional()
    .describe('stubs, which respond in place of the server (JSON)')
    .meta({ placeholder: 'FILE' }),
  sessionIdle: millisecondsOption(1000, 2_592_000_000)
    .default(1_800_000)
    .describe('milliseconds without a request after which a session of the application ends'),
  sessionLifetime: millisecondsOption(1000, 2_592_000_000)
    .default(43_200_000)
    .describe('milliseconds after which a session of the application ends in any case'),
  mailDomain: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, 'must be a host name')
    .default(ZONE)
    .describe('domain of the addresses from which accounts send mail in the application')
    .meta({ placeholder: 'DOMAIN' }),
})

/** The options with their defaults filled in. */
export type HttpOptions = z.output<typeof httpOptions>
