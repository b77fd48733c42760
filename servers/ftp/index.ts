/**
 * ftp: files over two connections. A client logs in and gives commands on the control connection; every listing and
 * every file goes over a data connection of its own, which the client opens to a port the server names (PASV, EPSV) or
 * the server to one the client names (PORT, EPRT). Keeps RFC 959, 1123 (4.1), 1635, 2389, 2428, 2577, 2640, and of 3659
 * all but TVFS; no TLS yet. The files are those that HTTP serves.
 */
import { z } from 'zod'
import { listenOptions, maxConnectionsOption, millisecondsOption } from '../../shared/options.ts'
import { PORTS } from '../../shared/ports.ts'
import { deferred, type ServerDefinition } from '../../shared/service.ts'

/** FTP has no way to write these in a command (RFC 959, 5.3.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const ONE_LINE = /^[^\u0000-\u001f\u007f]+$/

/** Where to listen, who may write, the ports of passive mode, and the bounds; times in milliseconds. */
export const ftpOptions = listenOptions(PORTS.ftp.own).extend({
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

/**
 * An FTP server on the context's file tree. Its `listen` rejects with a `BindError` where the port is taken, and with a
 * `UsageError` for a range of passive ports that is none, or where others than this machine could use the demonstration
 * account.
 */
export const ftp: ServerDefinition<typeof ftpOptions> = {
  name: 'ftp',
  summary: 'the files that HTTP serves, to list, fetch and change, over FTP',
  options: ftpOptions,
  create: (options, context) =>
    deferred('ftp', async () => {
      const { FtpServer } = await import('./server.ts')
      return new FtpServer(options, context)
    }),
}
