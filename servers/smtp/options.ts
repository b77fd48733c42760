/** The options of the SMTP server. */
import * as z from 'zod'
import {
  bytesOption,
  listenOptions,
  maxConnectionsOption,
  millisecondsOption,
  portOption,
} from '../../shared/options.ts'
import { smtp } from '../../shared/protocols/smtp.ts'

/** The address to listen on, the domains to accept mail for, and the bounds: sizes in bytes, times in milliseconds. */
export const smtpOptions = listenOptions(smtp.ports.default).extend({
  tlsPort: portOption.default(smtp.tls.ports.default).describe('port for SMTP over TLS, with --tls'),
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, 'must be a host name')
    .default('mail.fourwire.test')
    .describe('host name the server greets with'),
  domains: z
    .array(z.string().min(1))
    .min(1)
    .default(['fourwire.test'])
    .describe('domains to accept mail for, without their subdomains; * is every domain'),
  auth: z
    .enum(['optional', 'required', 'any'])
    .default('optional')
    .describe('sign-in: optional, required for mail, or any credentials accepted'),
  bareNewlines: z
    .enum(['refuse', 'accept'])
    .default('refuse')
    .describe('messages with a CR or LF by itself, or a NUL: refuse or accept'),
  maxSize: bytesOption.default(10 * 1024 * 1024).describe('bytes of the largest message accepted'),
  maxRecipients: z.number().int().min(1).default(100).describe('recipients of one message'),
  mailboxQuota: bytesOption.default(1024 ** 3).describe('bytes of one mailbox, if its account has no quota'),
  maxBytesInTransit: bytesOption.default(64 * 1024 * 1024).describe('bytes of messages being received at once'),
  maxConnections: maxConnectionsOption.default(1000).describe('connections open at once'),
  maxPerAddress: maxConnectionsOption.default(1000).describe('connections open at once from one address'),
  commandTimeout: millisecondsOption(1)
    .default(300_000)
    .describe('milliseconds until the next command (RFC 5321, section 4.5.3.2.7: 5 minutes)'),
  dataTimeout: millisecondsOption(1).default(600_000).describe('milliseconds for all of a message'),
})

/** The options with their defaults filled in. */
export type SmtpOptions = z.output<typeof smtpOptions>
