/** The options of the FTP server. */
import * as z from 'zod'
import { listenOptions, maxConnectionsOption, millisecondsOption } from '../../shared/options.ts'
import { ftp } from '../../shared/protocols/ftp.ts'

/** Rejects control characters, which a command cannot contain (RFC 959, section 5.3.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern must match them
const ONE_LINE = /^[^\u0000-\u001f\u007f]+$/

/** Addresses, the account that may write, passive ports and bounds; times in milliseconds. */
export const ftpOptions = listenOptions(ftp.ports.default).extend({
  user: z
    .string()
    .regex(ONE_LINE)
    .refine(name => !/^(anonymous|ftp)$/i.test(name), 'is the name of the account that may only read. Choose another')
    .default('demo')
    .describe('account that may write (anonymous may read)'),
  password: z.string().regex(ONE_LINE).default('demo').describe('password of the account that may write'),
  passivePorts: z
    .string()
    .regex(/^(0|\d{1,5}-\d{1,5})$/, 'must be a range of ports such as 40000-40099, or 0 for any free port')
    .optional()
    .describe('ports for passive data connections (default: 40000-40099, or any free port if port is 0)')
    .meta({ placeholder: 'FROM-TO' }),
  idleTimeout: millisecondsOption(1).default(300_000).describe('milliseconds that a client may be idle'),
  dataTimeout: millisecondsOption(1)
    .default(30_000)
    .describe('milliseconds that a data connection may take to open, or be idle'),
  maxConnections: maxConnectionsOption.default(200).describe('maximum number of connected clients'),
})

/** The options with their defaults filled in. */
export type FtpOptions = z.output<typeof ftpOptions>
