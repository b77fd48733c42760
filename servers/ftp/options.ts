/** The options of the FTP server. */
import * as z from 'zod'
import { listenOptions, maxConnectionsOption, millisecondsOption } from '../../shared/options.ts'
import { ftp } from '../../shared/protocols/ftp.ts'

/** FTP has no way to write these in a command (RFC 959, 5.3.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const ONE_LINE = /^[^\u0000-\u001f\u007f]+$/

/** Where to listen, who may write, the ports of passive mode, and the bounds; times in milliseconds. */
export const ftpOptions = listenOptions(ftp.ports.own).extend({
  user: z
    .string()
    .regex(ONE_LINE)
    .refine(name => !/^(anonymous|ftp)$/i.test(name), 'that name is for those who only read; choose another')
    .default('demo')
    .describe('account that may write (anonymous may read)'),
  password: z.string().regex(ONE_LINE).default('demo').describe('its password'),
  passivePorts: z
    .string()
    .regex(/^(0|\d{1,5}-\d{1,5})$/, 'give a range of ports like 40000-40099, or 0 for any free port')
    .optional()
    .describe('ports for passive data connections (default: 40000-40099, or any free port where port is 0)')
    .meta({ placeholder: 'FROM-TO' }),
  idleTimeout: millisecondsOption(1).default(300_000).describe('milliseconds a client may be silent'),
  dataTimeout: millisecondsOption(1)
    .default(30_000)
    .describe('milliseconds a data connection may take to come, or stand still'),
  maxConnections: maxConnectionsOption.default(200).describe('clients connected at once at most'),
})

/** The options with their defaults filled in. */
export type FtpOptions = z.output<typeof ftpOptions>
