/** The options of the FTP server. */
import * as z from 'zod'
import {
  bytesOption,
  listenOptions,
  maxConnectionsOption,
  millisecondsOption,
  portOption,
} from '../../shared/options.ts'
import { ftp } from '../../shared/protocols/ftp.ts'
import { isPassiveHost } from './data-connection/near-client.ts'

/** Addresses, passive ports and bounds; times in milliseconds. */
export const ftpOptions = listenOptions(ftp.ports.default).extend({
  tlsPort: portOption.default(ftp.tls.ports.default).describe('port for FTP over TLS from the first byte, with --tls'),
  tls: z
    .enum(['optional', 'required'])
    .default('optional')
    .describe('TLS for logins and data connections: optional or required')
    .meta({ placeholder: 'MODE' }),
  requireSessionReuse: z
    .boolean()
    .default(false)
    .describe('data connections over TLS must resume the TLS session of their control connection'),
  passivePorts: z
    .string()
    .regex(/^(0|\d{1,5}-\d{1,5})$/, 'must be a range of ports such as 40000-40099, or 0 for any free port')
    .optional()
    .describe('ports for passive data connections (default: 40000-40099, or any free port if port is 0)')
    .meta({ placeholder: 'FROM-TO' }),
  passiveHost: z
    .string()
    .refine(
      isPassiveHost,
      'must be an IPv4 address or a host name, because the reply to PASV can have no other address',
    )
    .optional()
    .describe('address or name in the reply to PASV, behind NAT or in a container; not for clients of the same network')
    .meta({ placeholder: 'HOST' }),
  idleTimeout: millisecondsOption(1).default(300_000).describe('milliseconds that a client may be idle'),
  dataTimeout: millisecondsOption(1)
    .default(30_000)
    .describe('milliseconds that a data connection may take to open, or be idle'),
  maxRate: bytesOption.optional().describe('bytes per second of a session (default: no limit)'),
  maxRatePerAccount: bytesOption
    .optional()
    .describe('bytes per second of all sessions of an account, or of anonymous ones of an address (default: no limit)'),
  maxConnections: maxConnectionsOption.default(200).describe('maximum number of connected clients'),
  maxPerAddress: maxConnectionsOption
    .optional()
    .describe('maximum number of connected clients from one address (default: as many as in all)'),
})

/** The options with their defaults filled in. */
export type FtpOptions = z.output<typeof ftpOptions>
